/*
One row: a text as a number, or NULL where it is none. TRUE and FALSE (any case) are 1 and 0. Only digits, one sign, a
point and an exponent may stand in it; the check comes before the conversion, since T-SQL reads '' as 0. The text comes
trimmed, NULL for empty.
*/
CREATE OR ALTER FUNCTION staging.parse_number (@text varchar(4000))
RETURNS TABLE
AS
RETURN
(
    SELECT
        CASE
            WHEN UPPER(@text) = 'TRUE' THEN CAST(1 AS float)
            WHEN UPPER(@text) = 'FALSE' THEN CAST(0 AS float)
            WHEN TRIM(TRANSLATE(@text, '0123456789.eE+-', '               ')) = ''
                AND TRANSLATE(@text, '123456789', '000000000') LIKE '%0%'
                AND LEN(@text) < 64
                THEN TRY_CAST(@text AS float)
        END AS parsed_value
);
GO

/*
One row: a text as a number, or NULL where it is none. TRUE and FALSE (any case) are 1 and 0. Before the conversion come
the texts that SQL Server takes for numbers and nobody else does: a sign or a point alone is 0 to it, and d may stand
for an exponent. The text comes trimmed, NULL for empty.
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
            WHEN LEN(@text) < 64
                AND @text NOT IN ('+', '-', '.', '+.', '-.', 'e', 'E')
                AND @text NOT LIKE '%d%'
                AND @text NOT LIKE '%D%'
                THEN TRY_CAST(@text AS float)
        END AS parsed_value
);
GO

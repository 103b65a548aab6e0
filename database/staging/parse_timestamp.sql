/*
One row: a text as a UTC time, or NULL where it is none. Takes ISO dates, ISO times with 'T' or a blank, 0 to 7 fraction
digits (the seventh is dropped), without zone (UTC), with Z or with an offset, and epoch seconds (10 digits) or
milliseconds (13 digits). The shape is checked before any conversion, since T-SQL turns '' into 1900-01-01 and reads
'03/04/2024' by the login's language. The text comes trimmed, NULL for empty; its shape is the text with every digit a
0, made once by the caller: TRANSLATE(@text, '123456789', '000000000').
*/
CREATE OR ALTER FUNCTION staging.parse_timestamp (@text varchar(4000), @shape varchar(4000))
RETURNS TABLE
AS
RETURN
(
    SELECT
        CASE
            WHEN @shape = '0000-00-00'
                THEN CAST(TRY_CAST(@text AS date) AS datetime2(6))
            WHEN LEFT(@shape, 10) = '0000-00-00'
                AND SUBSTRING(@shape, 11, 9) IN ('T00:00:00', ' 00:00:00')
                /* What follows the seconds: a fraction of 1 to 7 digits or none, then Z, an offset or nothing. */
                AND REPLACE(SUBSTRING(@shape, 20, 40), '0', '') IN ('', 'Z', '+:', '-:', '.', '.Z', '.+:', '.-:')
                AND (SUBSTRING(@shape, 20, 1) <> '.' OR SUBSTRING(@shape, 21, 1) = '0')
                AND (SUBSTRING(@shape, 20, 1) = '.' OR LEN(@shape) IN (19, 20, 25))
                AND LEN(@shape) <= CASE
                    WHEN RIGHT(@shape, 1) = 'Z' THEN 28
                    WHEN CHARINDEX(':', @shape, 20) > 0 THEN 33
                    ELSE 27
                END
                AND (CHARINDEX(':', @shape, 20) = 0 OR RIGHT(@shape, 6) IN ('+00:00', '-00:00'))
                THEN CAST(SWITCHOFFSET(TRY_CAST
                (
                    CASE
                        WHEN SUBSTRING(@shape, 20, 8) = '.0000000'
                            THEN STUFF(@text, 27, 1, '')
                        ELSE @text
                    END AS datetimeoffset(6)
                ), 0) AS datetime2(6))
            WHEN @shape = '0000000000'
                THEN DATEADD
                (
                    second, CAST(TRY_CAST(@text AS bigint) % 86400 AS int),
                    DATEADD(day, CAST(TRY_CAST(@text AS bigint) / 86400 AS int), CAST('1970-01-01' AS datetime2(6)))
                )
            WHEN @shape = '0000000000000'
                THEN DATEADD
                (
                    millisecond, CAST(TRY_CAST(@text AS bigint) % 86400000 AS int),
                    DATEADD(day, CAST(TRY_CAST(@text AS bigint) / 86400000 AS int), CAST('1970-01-01' AS datetime2(6)))
                )
        END AS parsed_at
);
GO

/*
One row: a text as a UTC time, or NULL where it is none. Takes ISO dates, ISO times with 'T' or a blank, 0 to 7
fraction digits (the seventh is dropped), without zone (UTC), with Z or with an offset, and epoch seconds (10 digits) or
milliseconds (13 digits). The shape is checked before any conversion, since T-SQL turns '' into 1900-01-01 and reads
'03/04/2024' by the login's language. The text comes trimmed, NULL for empty; its shape is the text with every digit a 0,
made once by the caller: TRANSLATE(@text, '123456789', '000000000').
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
                AND SUBSTRING(@shape, 20, 20) IN
                (
                    '', '.0', '.00', '.000', '.0000', '.00000', '.000000', '.0000000',
                    'Z', '.0Z', '.00Z', '.000Z', '.0000Z', '.00000Z', '.000000Z', '.0000000Z',
                    '+00:00', '.0+00:00', '.00+00:00', '.000+00:00', '.0000+00:00', '.00000+00:00', '.000000+00:00',
                    '.0000000+00:00', '-00:00', '.0-00:00', '.00-00:00', '.000-00:00', '.0000-00:00', '.00000-00:00',
                    '.000000-00:00', '.0000000-00:00'
                )
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

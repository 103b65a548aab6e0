/*
One row: a text as an ISO time where it is written in a format that the source declares, else NULL; what
staging.parse_timestamp reads. dd/MM/yyyy and MM-dd-yyyy may be followed by a time, with or without seconds. The text
comes trimmed, with its shape (every digit a 0); a flag is 1 where catalog.source_timestamp_formats has the format.
*/
CREATE OR ALTER FUNCTION staging.declared_time
(
    @text varchar(4000), @shape varchar(4000), @takes_iso int, @takes_dmy int, @takes_mdy int, @takes_seconds int,
    @takes_milliseconds int
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        CASE
            WHEN LEFT(@shape, 10) = '0000-00-00' AND @takes_iso = 1 THEN @text
            WHEN LEFT(@shape, 10) = '00/00/0000' AND @takes_dmy = 1
                THEN CONCAT
                (
                    SUBSTRING(@text, 7, 4), '-', SUBSTRING(@text, 4, 2), '-', LEFT(@text, 2),
                    SUBSTRING(@text, 11, 40), CASE WHEN SUBSTRING(@shape, 11, 40) = ' 00:00' THEN ':00' ELSE '' END
                )
            WHEN LEFT(@shape, 10) = '00-00-0000' AND @takes_mdy = 1
                THEN CONCAT
                (
                    SUBSTRING(@text, 7, 4), '-', LEFT(@text, 2), '-', SUBSTRING(@text, 4, 2),
                    SUBSTRING(@text, 11, 40), CASE WHEN SUBSTRING(@shape, 11, 40) = ' 00:00' THEN ':00' ELSE '' END
                )
            WHEN @shape = '0000000000' AND @takes_seconds = 1 THEN @text
            WHEN @shape = '0000000000000' AND @takes_milliseconds = 1 THEN @text
        END AS iso_text
);
GO

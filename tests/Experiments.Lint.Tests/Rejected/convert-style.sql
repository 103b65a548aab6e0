-- expects: convert-style at 6:41
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT TRY_CONVERT(date, s.played_text, 104) AS played_date
FROM staging.stg_plays AS s;
GO

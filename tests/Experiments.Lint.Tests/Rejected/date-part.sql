-- expects: date-part at 6:17
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT DATEPART(weekday, s.played_at) AS played_day
FROM staging.stg_plays AS s;
GO

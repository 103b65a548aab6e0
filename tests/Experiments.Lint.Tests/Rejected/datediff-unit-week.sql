-- expects: datediff-unit at 6:17
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT DATEDIFF(week, s.started_at, s.ended_at) AS week_count
FROM staging.stg_plays AS s;
GO

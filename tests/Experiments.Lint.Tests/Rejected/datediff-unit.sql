-- expects: datediff-unit at 6:17
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT DATEDIFF(second, s.started_at, s.ended_at) AS play_seconds
FROM staging.stg_plays AS s;
GO

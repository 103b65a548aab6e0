-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, DATEDIFF_BIG(microsecond, s.started_at, s.ended_at) / 1e6 AS play_seconds
FROM staging.stg_plays AS s
WHERE s.ended_at < DATEADD(second, 30, s.started_at) AND DATEDIFF(day, s.joined_date, s.played_date) = 1;
GO

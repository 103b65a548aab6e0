-- expects: datediff-limit at 8:7
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE DATEDIFF_BIG(microsecond, s.started_at, s.ended_at) < 30000000;
GO

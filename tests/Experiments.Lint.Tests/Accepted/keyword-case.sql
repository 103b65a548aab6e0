-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, DATEADD(second, 30, s.played_at) AS counted_at
FROM staging.stg_plays AS s;
GO

-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY s.play_minutes) OVER (PARTITION BY s.user_id) AS middle
FROM staging.stg_plays AS s;
GO

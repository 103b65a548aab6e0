-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT
    s.play_id,
    ROW_NUMBER() OVER (PARTITION BY s.user_id ORDER BY s.played_at, s.play_id) AS place,
    SUM(s.play_minutes) OVER (PARTITION BY s.user_id) AS user_minutes
FROM staging.stg_plays AS s;
GO

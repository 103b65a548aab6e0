-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT
    s.play_minutes / NULLIF(s.session_count, 0) AS session_minutes,
    s.play_minutes / 60e0 AS play_hours,
    s.play_minutes / SQRT(NULLIF(s.unit_count, 0)) AS play_error
FROM staging.stg_plays AS s;
GO

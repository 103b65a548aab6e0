-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT
    DATEDIFF(day, s.started_at, s.ended_at) AS day_count,
    DATEDIFF_BIG(microsecond, s.started_at, s.ended_at) / 1e6 AS play_seconds
FROM staging.stg_plays AS s;
GO

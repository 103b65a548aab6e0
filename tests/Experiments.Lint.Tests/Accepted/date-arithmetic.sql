-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT DATEDIFF(day, s.started_at, s.ended_at) + 1 AS day_count, DATEADD(day, 1, CAST(s.ended_at AS date)) AS next_date
FROM staging.stg_plays AS s;
GO

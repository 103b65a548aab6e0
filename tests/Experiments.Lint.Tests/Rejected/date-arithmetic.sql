-- expects: date-arithmetic at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT CAST(s.ended_at AS date) - CAST(s.started_at AS date) AS day_count
FROM staging.stg_plays AS s;
GO

-- expects: time-zone at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.played_at AT TIME ZONE 'UTC' AS played_time
FROM staging.stg_plays AS s;
GO

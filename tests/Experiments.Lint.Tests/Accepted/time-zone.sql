-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT SWITCHOFFSET(s.landed_time, 0) AS played_time
FROM staging.stg_plays AS s;
GO

-- expects: nullif-denominator at 6:25
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_minutes / s.session_count AS session_minutes
FROM staging.stg_plays AS s;
GO

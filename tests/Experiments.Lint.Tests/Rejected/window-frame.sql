-- expects: window-frame at 6:19
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, SUM(s.play_minutes) OVER (ORDER BY s.play_id) AS running_minutes
FROM staging.stg_plays AS s;
GO

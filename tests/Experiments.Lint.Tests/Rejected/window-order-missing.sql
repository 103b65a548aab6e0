-- expects: window-order at 6:19
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, LAG(s.play_id) OVER (PARTITION BY s.user_id) AS previous_id
FROM staging.stg_plays AS s;
GO

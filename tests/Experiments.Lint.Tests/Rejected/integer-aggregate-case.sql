-- expects: integer-aggregate at 10:19
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
WITH judged AS
(
    SELECT s.user_id, CASE WHEN s.play_seconds < 30 THEN 1 ELSE 0 END AS is_short FROM staging.stg_plays AS s
)
SELECT j.user_id, SUM(j.is_short) AS short_count
FROM judged AS j
GROUP BY j.user_id;
GO

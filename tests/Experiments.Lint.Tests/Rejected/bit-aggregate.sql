-- expects: bit-aggregate at 6:19
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.user_id, MAX(CAST(s.is_skipped AS bit)) AS has_skipped
FROM staging.stg_plays AS s
GROUP BY s.user_id;
GO

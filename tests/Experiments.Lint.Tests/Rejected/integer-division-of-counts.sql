-- expects: integer-division at 6:19
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.user_id, COUNT_BIG(s.skipped_at) / NULLIF(COUNT_BIG(*), 0) AS skip_rate
FROM staging.stg_plays AS s
GROUP BY s.user_id;
GO

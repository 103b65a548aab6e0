-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT COALESCE(s.skip_count, 0) AS skip_count
FROM staging.stg_plays AS s
WHERE s.play_id IS NOT NULL;
GO

-- expects: nullif-denominator at 6:20
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id % s.bucket_count AS bucket
FROM staging.stg_plays AS s;
GO

-- expects: count-big at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT COUNT(*) AS play_count
FROM staging.stg_plays AS s;
GO

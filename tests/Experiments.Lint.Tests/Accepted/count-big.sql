-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT COUNT_BIG(*) AS play_count
FROM staging.stg_plays AS s;
GO

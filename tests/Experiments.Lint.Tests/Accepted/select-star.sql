-- as: database/marts/plays.sql
/* One row a user; the star of COUNT_BIG is none of a SELECT. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT
    s.user_id,
    COUNT_BIG(*) AS play_count
FROM staging.stg_plays AS s
GROUP BY s.user_id;
GO

-- as: database/marts/plays.sql
/* One row a play; the derived table has one source, and second is a date part. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.play_id, DATEADD(second, 30, s.played_at) AS counted_at
FROM staging.stg_plays AS s
INNER JOIN (SELECT user_id FROM marts.dim_users) AS u
    ON u.user_id = s.user_id;
GO

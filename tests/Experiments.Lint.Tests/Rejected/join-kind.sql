-- expects: join-kind at 7:1
-- as: database/marts/plays.sql
/* One row a play of a known user. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.play_id
FROM staging.stg_plays AS s
JOIN marts.dim_users AS u
    ON u.user_id = s.user_id;
GO

-- as: database/marts/plays.sql
/* One row a play of a known user. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.play_id
FROM staging.stg_plays AS s
/* why it is inner */
INNER JOIN marts.dim_users AS u
    ON u.user_id = s.user_id
LEFT JOIN marts.dim_episodes AS e
    ON e.episode_id = s.episode_id;
GO

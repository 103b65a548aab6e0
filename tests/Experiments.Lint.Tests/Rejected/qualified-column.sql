-- expects: qualified-column at 5:8
-- as: database/marts/plays.sql
/* One row a play of a known user. */
CREATE OR ALTER VIEW marts.plays AS
SELECT play_id
FROM staging.stg_plays AS s
INNER JOIN marts.dim_users AS u
    ON u.user_id = s.user_id;
GO

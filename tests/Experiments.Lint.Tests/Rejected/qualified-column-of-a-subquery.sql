-- expects: qualified-column at 7:56
-- as: database/marts/plays.sql
/* One row a play of a known user. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE EXISTS (SELECT 1 FROM marts.dim_users AS u WHERE user_id = s.user_id);
GO

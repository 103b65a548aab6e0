-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.user_id, STRING_AGG(s.artist_name, ', ') WITHIN GROUP (ORDER BY s.artist_name) AS artist_list
FROM staging.stg_plays AS s
GROUP BY s.user_id;
GO

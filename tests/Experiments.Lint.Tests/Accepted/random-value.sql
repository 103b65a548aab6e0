-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, CAST(SUBSTRING(HASHBYTES('SHA2_256', CAST(s.user_id AS varchar(64))), 1, 7) AS bigint) % 1000 AS lot
FROM staging.stg_plays AS s;
GO

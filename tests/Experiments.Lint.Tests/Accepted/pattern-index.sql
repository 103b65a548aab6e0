-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT CHARINDEX('x', s.artist_name) AS place
FROM staging.stg_plays AS s;
GO

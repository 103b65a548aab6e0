-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT
    HASHBYTES('SHA2_256', CAST(s.artist_name AS varchar(100))) AS artist_hash,
    HASHBYTES('SHA2_256', CONCAT(s.salt, ':', s.artist_name)) AS bucket_hash
FROM staging.stg_plays AS s;
GO

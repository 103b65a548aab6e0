-- expects: hashed-text at 6:30
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT HASHBYTES('SHA2_256', CAST(s.artist_name AS varbinary(100))) AS artist_hash
FROM staging.stg_plays AS s;
GO

-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT CAST(s.artist_name AS varchar(40)) AS artist_label, CAST(s.lyrics AS varchar(max)) AS lyrics
FROM staging.stg_plays AS s;
GO

-- expects: line-length at 8:121
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE s.artist_name = 'Godspeed You! Black Emperor' AND s.track_name = 'East Hastings' AND s.album_name = 'F# A# infinity' ;
GO

-- expects: unicode-literal at 8:23
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE s.artist_name = N'Sigur Rós';
GO

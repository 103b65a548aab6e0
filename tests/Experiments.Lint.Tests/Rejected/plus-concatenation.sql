-- expects: plus-concatenation at 5:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.artist_name + ' - ' + s.track_name AS play_label
FROM staging.stg_plays AS s;
GO

-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays AS
SELECT CONCAT(s.artist_name, ' - ', s.track_name) AS play_label, s.skip_count + 1 AS next_count
FROM staging.stg_plays AS s;
GO

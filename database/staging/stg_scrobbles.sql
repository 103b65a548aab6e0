/*
One row a play. play_seconds: the time to the user's next play, at most play_cap_seconds; NULL for the user's last play,
whose end is not known. is_skip: the next play begins in less than skip_seconds. Both thresholds are rows of
catalog.source_settings and count at once.
*/
CREATE OR ALTER VIEW staging.stg_scrobbles
AS
WITH settings AS
(
    SELECT
        MAX(CASE WHEN s.setting_name = 'play_cap_seconds' THEN s.setting_value END) AS play_cap_seconds,
        MAX(CASE WHEN s.setting_name = 'skip_seconds' THEN s.setting_value END) AS skip_seconds
    FROM catalog.source_settings AS s
    WHERE s.source = 'scrobbles'
)
SELECT
    p.user_id,
    p.load_id,
    p.line_number,
    p.artist_id,
    p.track_id,
    p.artist_name,
    p.track_name,
    p.album_name,
    p.seconds_to_next,
    CASE WHEN p.seconds_to_next > s.play_cap_seconds THEN s.play_cap_seconds ELSE p.seconds_to_next END
        AS play_seconds,
    CAST(CASE WHEN p.seconds_to_next < s.skip_seconds THEN 1 ELSE 0 END AS bit) AS is_skip,
    p.played_at
FROM staging.scrobble_plays AS p
CROSS JOIN settings AS s;
GO

/*
One row an event that metrics can read, of every source; load_id and line_number name the row it was staged from, NULL
for sessions, which are of many rows. Listening histories give 'play' (minutes), 'skip', 'session' (minutes) and
'session_tracks' (tracks); commerce events have their type and amount, bots left out; podcast events are 'podcast_play'
and so on, with their minutes. attributes is the JSON of the file;
columns that metrics can name too are in catalog.source_attributes.
*/
CREATE OR ALTER VIEW marts.fct_metric_events
AS
SELECT
    c.unit_id,
    c.event_name,
    c.attributes,
    c.event_value,
    c.event_at,
    c.load_id,
    c.line_number
FROM staging.stg_conversion_events AS c
UNION ALL
SELECT
    p.user_id AS unit_id,
    'play' AS event_name,
    NULL AS attributes,
    p.play_seconds / 60 AS event_value,
    p.played_at AS event_at,
    p.load_id,
    p.line_number
FROM staging.stg_scrobbles AS p
UNION ALL
SELECT
    p.user_id AS unit_id,
    'skip' AS event_name,
    NULL AS attributes,
    CAST(1 AS float) AS event_value,
    p.played_at AS event_at,
    p.load_id,
    p.line_number
FROM staging.stg_scrobbles AS p
WHERE p.is_skip = 1
UNION ALL
SELECT
    s.user_id AS unit_id,
    'session' AS event_name,
    NULL AS attributes,
    s.minutes AS event_value,
    s.started_at AS event_at,
    NULL AS load_id,
    NULL AS line_number
FROM marts.dim_sessions AS s
UNION ALL
SELECT
    s.user_id AS unit_id,
    'session_tracks' AS event_name,
    NULL AS attributes,
    CAST(s.track_count AS float) AS event_value,
    s.started_at AS event_at,
    NULL AS load_id,
    NULL AS line_number
FROM marts.dim_sessions AS s
UNION ALL
SELECT
    m.user_id AS unit_id,
    m.event_type AS event_name,
    m.attributes,
    CAST(m.amount AS float) AS event_value,
    m.event_at,
    m.load_id,
    m.line_number
FROM staging.stg_commerce_events AS m
WHERE m.is_bot = 0
UNION ALL
SELECT
    d.user_id AS unit_id,
    CONCAT('podcast_', d.event_type) AS event_name,
    NULL AS attributes,
    d.duration_seconds / 60 AS event_value,
    d.event_at,
    d.load_id,
    d.line_number
FROM staging.cleansed_podcast_events AS d;
GO

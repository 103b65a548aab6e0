/*
One row a source and staged entity: its latest time, its latest finished load, and how many hours its latest time lies
behind the data watermark (never the clock). is_expected: rows are expected up to the watermark. Events always are,
those of a source that has been loaded, or product events where none has; assignments and exposures only while an
experiment runs at the watermark, attributes of units never, since they land when they change. is_stale: expected, and
further behind than the threshold freshness_hours, or nothing there at all.
*/
CREATE OR ALTER VIEW quality.freshness
AS
WITH latest AS
(
    SELECT
        'assignments' AS source,
        'stg_experiment_assignments' AS entity,
        MAX(a.assigned_at) AS latest_at,
        1 AS follows_experiments,
        0 AS follows_events
    FROM staging.stg_experiment_assignments AS a
    UNION ALL
    SELECT
        'events' AS source,
        'stg_experiment_exposures' AS entity,
        MAX(x.exposed_at) AS latest_at,
        1 AS follows_experiments,
        0 AS follows_events
    FROM staging.stg_experiment_exposures AS x
    UNION ALL
    SELECT
        'events' AS source,
        'stg_conversion_events' AS entity,
        MAX(c.event_at) AS latest_at,
        0 AS follows_experiments,
        1 AS follows_events
    FROM staging.stg_conversion_events AS c
    UNION ALL
    SELECT
        'unit_attributes' AS source,
        'stg_unit_attributes' AS entity,
        NULLIF(MAX(u.valid_from), CAST('0001-01-01' AS datetime2(6))) AS latest_at,
        0 AS follows_experiments,
        0 AS follows_events
    FROM staging.stg_unit_attributes AS u
    UNION ALL
    SELECT
        'scrobbles' AS source,
        'scrobble_plays' AS entity,
        MAX(p.played_at) AS latest_at,
        0 AS follows_experiments,
        1 AS follows_events
    FROM staging.scrobble_plays AS p
    UNION ALL
    SELECT
        'commerce_events' AS source,
        'stg_commerce_events' AS entity,
        MAX(m.event_at) AS latest_at,
        0 AS follows_experiments,
        1 AS follows_events
    FROM staging.stg_commerce_events AS m
    UNION ALL
    SELECT
        'podcast_events' AS source,
        'cleansed_podcast_events' AS entity,
        MAX(d.event_at) AS latest_at,
        0 AS follows_experiments,
        1 AS follows_events
    FROM staging.cleansed_podcast_events AS d
),
loads AS
(
    SELECT
        l.source,
        MAX(l.load_id) AS latest_load_id,
        MAX(l.ended_at) AS latest_load_at
    FROM ops.load_log AS l
    WHERE l.status = 'finished'
    GROUP BY l.source
),
eventful AS
(
    SELECT COUNT_BIG(n.latest_at) AS entity_count
    FROM latest AS n
    WHERE n.follows_events = 1
),
running AS
(
    SELECT COUNT_BIG(*) AS experiment_count
    FROM catalog.experiments AS x
    CROSS JOIN ops.data_watermark AS w
    WHERE x.start_at <= w.watermark_at AND (x.end_at IS NULL OR x.end_at > w.watermark_at)
),
measured AS
(
    SELECT
        n.source,
        n.entity,
        n.latest_at,
        l.latest_load_id,
        l.latest_load_at,
        w.watermark_at,
        CAST(DATEDIFF_BIG(microsecond, n.latest_at, w.watermark_at) AS float) / 3600000000e0 AS hours_behind,
        CASE
            WHEN w.watermark_at IS NULL THEN 0
            WHEN n.follows_events = 1
                AND
                (
                    n.latest_at IS NOT NULL
                    OR l.latest_load_id IS NOT NULL
                    OR (n.source = 'events' AND e.entity_count = 0)
                ) THEN 1
            WHEN n.follows_experiments = 1 AND r.experiment_count > 0 THEN 1
            ELSE 0
        END AS is_expected
    FROM latest AS n
    CROSS JOIN ops.data_watermark AS w
    CROSS JOIN running AS r
    CROSS JOIN eventful AS e
    LEFT JOIN loads AS l
        ON l.source = n.source
)
SELECT
    m.source,
    m.entity,
    m.latest_at,
    m.latest_load_id,
    m.latest_load_at,
    m.watermark_at,
    m.hours_behind,
    q.threshold_value AS threshold_hours,
    m.is_expected,
    CASE
        WHEN m.is_expected = 1 AND (m.latest_at IS NULL OR m.hours_behind > q.threshold_value) THEN 1
        ELSE 0
    END AS is_stale
FROM measured AS m
LEFT JOIN catalog.quality_thresholds AS q
    ON q.threshold_id = 'freshness_hours';
GO

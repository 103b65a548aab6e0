/* One row: the latest time in the staged data. Maturity and plans are judged by it, never by the clock. */
CREATE OR ALTER VIEW ops.data_watermark
AS
WITH latest AS
(
    SELECT MAX(c.event_at) AS latest_at FROM staging.stg_conversion_events AS c
    UNION ALL
    SELECT MAX(x.exposed_at) AS latest_at FROM staging.stg_experiment_exposures AS x
    UNION ALL
    SELECT MAX(a.assigned_at) AS latest_at FROM staging.stg_experiment_assignments AS a
    UNION ALL
    SELECT MAX(p.played_at) AS latest_at FROM staging.scrobble_plays AS p
    UNION ALL
    SELECT MAX(m.event_at) AS latest_at FROM staging.stg_commerce_events AS m
    UNION ALL
    SELECT MAX(d.event_at) AS latest_at FROM staging.cleansed_podcast_events AS d
)
SELECT
    MAX(l.latest_at) AS watermark_at
FROM latest AS l;
GO

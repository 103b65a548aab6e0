/*
One row an experiment, mode, metric, variation and UTC calendar day on which units were in the metric's window, up to
the day of the data watermark: the units in their window on that day (unit_count), those of them with events
(active_count), the sum of the units' values of that day, the squares about their mean (units without events are 0),
and events that came late, in a load after one that already had events of a later day. A unit's value of a day is the
number or the sum of its events of that day; of a proportion, 1 where that reaches the threshold. Metrics of type mean
and proportion that count or sum events without filters, of experiments that randomise their analysis units. is_partial:
the watermark lies before the end of the day. Squares: k values of mean m and n - k zeros have M2 = M2_k + m^2 k (n-k)/n
(Chan, Golub, LeVeque 1983).
*/
CREATE OR ALTER VIEW quality.metric_days
AS
WITH metrics AS
(
    SELECT
        p.experiment_id,
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        p.metric_type,
        p.aggregation,
        p.threshold,
        p.anchored_before,
        m.event_name,
        m.window_start_seconds,
        m.window_end_seconds,
        COALESCE(x.end_at, CAST('9999-12-31' AS datetime2(6))) AS end_at
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_measures AS m
        ON m.experiment_id = p.experiment_id
        AND m.analysis_mode = p.analysis_mode
        AND m.measure_number = p.measure_number
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = p.experiment_id
    WHERE p.part_name = 'y'
        AND p.metric_type IN ('mean', 'proportion')
        AND p.aggregation IN ('count', 'sum')
        AND m.filter_metric_id IS NULL
        AND x.cluster_attribute IS NULL
),
/* A window [start, end) covers the days from that of its start to that of its last microsecond. */
covered AS
(
    SELECT
        m.experiment_id,
        m.analysis_mode,
        m.metric_id,
        u.variation_id,
        CAST(DATEADD(second, m.window_start_seconds, u.anchor_at) AS date) AS first_date,
        CAST
        (
            DATEADD(microsecond, -1, COALESCE(DATEADD(second, m.window_end_seconds, u.anchor_at), m.end_at)) AS date
        ) AS last_date,
        COUNT_BIG(*) AS unit_count
    FROM metrics AS m
    INNER JOIN marts.experiment_units AS u
        ON u.experiment_id = m.experiment_id AND u.analysis_mode = m.analysis_mode
    WHERE u.anchor_at < m.anchored_before
    GROUP BY m.experiment_id, m.analysis_mode, m.metric_id, u.variation_id,
        CAST(DATEADD(second, m.window_start_seconds, u.anchor_at) AS date),
        CAST
        (
            DATEADD(microsecond, -1, COALESCE(DATEADD(second, m.window_end_seconds, u.anchor_at), m.end_at)) AS date
        )
),
spans AS
(
    SELECT
        c.experiment_id,
        c.analysis_mode,
        c.metric_id,
        c.variation_id,
        MIN(c.first_date) AS first_date,
        MAX(c.last_date) AS last_date
    FROM covered AS c
    GROUP BY c.experiment_id, c.analysis_mode, c.metric_id, c.variation_id
),
grid AS
(
    SELECT
        s.experiment_id,
        s.analysis_mode,
        s.metric_id,
        s.variation_id,
        DATEADD(day, n.day_number, s.first_date) AS metric_date,
        w.watermark_at
    FROM spans AS s
    CROSS JOIN ops.data_watermark AS w
    INNER JOIN
    (
        SELECT a.digit + 10 * b.digit + 100 * c.digit + 1000 * d.digit AS day_number
        FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS c (digit)
        CROSS JOIN (VALUES (0), (1), (2), (3)) AS d (digit)
    ) AS n
        ON n.day_number <= DATEDIFF(day, s.first_date, s.last_date)
        AND n.day_number <= DATEDIFF(day, s.first_date, CAST(w.watermark_at AS date))
),
at_risk AS
(
    SELECT
        g.experiment_id,
        g.analysis_mode,
        g.metric_id,
        g.variation_id,
        g.metric_date,
        g.watermark_at,
        SUM(c.unit_count) AS unit_count
    FROM grid AS g
    INNER JOIN covered AS c
        ON c.experiment_id = g.experiment_id
        AND c.analysis_mode = g.analysis_mode
        AND c.metric_id = g.metric_id
        AND c.variation_id = g.variation_id
        AND c.first_date <= g.metric_date
        AND c.last_date >= g.metric_date
    GROUP BY g.experiment_id, g.analysis_mode, g.metric_id, g.variation_id, g.metric_date, g.watermark_at
),
/* known_until: the latest day that loads before this one brought. */
loads AS
(
    SELECT
        l.load_id,
        MAX(l.latest_date) OVER (ORDER BY l.load_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS known_until
    FROM
    (
        SELECT
            e.load_id,
            CAST(MAX(e.event_at) AS date) AS latest_date
        FROM marts.fct_metric_events AS e
        GROUP BY e.load_id
    ) AS l
),
unit_days AS
(
    SELECT
        m.experiment_id,
        m.analysis_mode,
        m.metric_id,
        m.metric_type,
        m.aggregation,
        m.threshold,
        u.variation_id,
        u.unit_id,
        CAST(e.event_at AS date) AS metric_date,
        CAST(COUNT_BIG(*) AS float) AS event_count,
        COALESCE(SUM(e.event_value), 0e0) AS sum_value,
        SUM(CASE WHEN CAST(e.event_at AS date) < l.known_until THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END)
            AS late_event_count
    FROM marts.fct_metric_events AS e
    INNER JOIN metrics AS m
        ON m.event_name = e.event_name
    INNER JOIN marts.experiment_units AS u
        ON u.unit_id = e.unit_id AND u.experiment_id = m.experiment_id AND u.analysis_mode = m.analysis_mode
    INNER JOIN loads AS l
        ON l.load_id = e.load_id
    WHERE u.anchor_at < m.anchored_before
        AND e.event_at >= DATEADD(second, m.window_start_seconds, u.anchor_at)
        AND e.event_at < COALESCE(DATEADD(second, m.window_end_seconds, u.anchor_at), m.end_at)
    GROUP BY m.experiment_id, m.analysis_mode, m.metric_id, m.metric_type, m.aggregation, m.threshold,
        u.variation_id, u.unit_id, CAST(e.event_at AS date)
),
valued AS
(
    SELECT
        d.experiment_id,
        d.analysis_mode,
        d.metric_id,
        d.variation_id,
        d.metric_date,
        d.late_event_count,
        CASE
            WHEN d.metric_type = 'mean' THEN v.day_value
            WHEN v.day_value >= d.threshold THEN 1e0
            ELSE 0e0
        END AS day_value
    FROM unit_days AS d
    CROSS APPLY (SELECT CASE WHEN d.aggregation = 'count' THEN d.event_count ELSE d.sum_value END AS day_value) AS v
),
centred AS
(
    SELECT
        v.experiment_id,
        v.analysis_mode,
        v.metric_id,
        v.variation_id,
        v.metric_date,
        v.late_event_count,
        v.day_value,
        v.day_value - AVG(v.day_value) OVER
            (PARTITION BY v.experiment_id, v.analysis_mode, v.metric_id, v.variation_id, v.metric_date) AS deviation
    FROM valued AS v
),
active AS
(
    SELECT
        c.experiment_id,
        c.analysis_mode,
        c.metric_id,
        c.variation_id,
        c.metric_date,
        COUNT_BIG(*) AS active_count,
        SUM(c.day_value) AS sum_value,
        SUM(c.deviation * c.deviation) AS sum_squares,
        SUM(c.late_event_count) AS late_event_count
    FROM centred AS c
    GROUP BY c.experiment_id, c.analysis_mode, c.metric_id, c.variation_id, c.metric_date
)
SELECT
    r.experiment_id,
    r.analysis_mode,
    r.metric_id,
    m.metric_version,
    m.metric_type,
    r.variation_id,
    r.metric_date,
    r.unit_count,
    COALESCE(a.active_count, CAST(0 AS bigint)) AS active_count,
    COALESCE(a.late_event_count, CAST(0 AS bigint)) AS late_event_count,
    COALESCE(a.sum_value, 0e0) AS sum_value,
    COALESCE
    (
        a.sum_squares + a.sum_value * a.sum_value / NULLIF(CAST(a.active_count AS float), 0)
            * CAST(r.unit_count - a.active_count AS float) / NULLIF(CAST(r.unit_count AS float), 0), 0e0
    ) AS sum_centered_sq,
    CASE WHEN DATEADD(day, 1, CAST(r.metric_date AS datetime2(6))) > r.watermark_at THEN 1 ELSE 0 END AS is_partial
FROM at_risk AS r
INNER JOIN metrics AS m
    ON m.experiment_id = r.experiment_id AND m.analysis_mode = r.analysis_mode AND m.metric_id = r.metric_id
LEFT JOIN active AS a
    ON a.experiment_id = r.experiment_id
    AND a.analysis_mode = r.analysis_mode
    AND a.metric_id = r.metric_id
    AND a.variation_id = r.variation_id
    AND a.metric_date = r.metric_date;
GO

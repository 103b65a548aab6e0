/*
One row a measure of a source's events and hash bucket (0 to 9999): what an A/A replay draws its splits from where
there is no experiment. Units are those that have an event of the source in marts.fct_metric_events, hashed with @salt.
Each event name gives five measures of a unit: share (1 where it has the event), count (of its events), sum (of their
values), average (a ratio: sum of the values over their number), and later (events in the second half of the source's
time, with those in the first half as covariate). Sums are centred at the means over all units; a unit without the event
is in them, as 0.
*/
CREATE OR ALTER FUNCTION marts.replay_source_buckets
(
    @source varchar(64),
    @salt varchar(128)
)
RETURNS TABLE
AS
RETURN
(
    WITH events AS
    (
        SELECT
            e.unit_id,
            e.event_name,
            e.event_value,
            e.event_at
        FROM marts.fct_metric_events AS e
        INNER JOIN ops.load_log AS l
            ON l.load_id = e.load_id
        WHERE l.source = @source
    ),
    span AS
    (
        SELECT
            DATEADD
            (
                second,
                CAST(FLOOR(DATEDIFF_BIG(microsecond, MIN(e.event_at), MAX(e.event_at)) / 2e6) AS int),
                MIN(e.event_at)
            ) AS middle_at
        FROM events AS e
    ),
    units AS
    (
        SELECT
            n.unit_id,
            h.bucket
        FROM (SELECT DISTINCT e.unit_id FROM events AS e) AS n
        CROSS APPLY catalog.assignment_bucket(@salt, n.unit_id) AS h
    ),
    unit_events AS
    (
        SELECT
            e.unit_id,
            e.event_name,
            CAST(COUNT_BIG(*) AS float) AS event_count,
            CAST(COUNT_BIG(e.event_value) AS float) AS value_count,
            COALESCE(SUM(e.event_value), 0e0) AS sum_value,
            SUM(CASE WHEN e.event_at >= s.middle_at THEN 1e0 ELSE 0e0 END) AS late_count
        FROM events AS e
        CROSS JOIN span AS s
        GROUP BY e.unit_id, e.event_name
    ),
    unit_values AS
    (
        SELECT
            e.event_name,
            u.bucket,
            v.measure,
            v.y,
            v.d,
            v.x
        FROM unit_events AS e
        INNER JOIN units AS u
            ON u.unit_id = e.unit_id
        CROSS APPLY
        (
            VALUES
                ('share', 1e0, CAST(NULL AS float), CAST(NULL AS float)),
                ('count', e.event_count, CAST(NULL AS float), CAST(NULL AS float)),
                ('sum', e.sum_value, CAST(NULL AS float), CAST(NULL AS float)),
                ('average', e.sum_value, e.value_count, CAST(NULL AS float)),
                ('later', e.late_count, CAST(NULL AS float), e.event_count - e.late_count)
        ) AS v (measure, y, d, x)
    ),
    counted AS
    (
        SELECT
            u.bucket,
            COUNT_BIG(*) AS unit_count
        FROM units AS u
        GROUP BY u.bucket
    ),
    centers AS
    (
        SELECT
            v.event_name,
            v.measure,
            SUM(v.y) / NULLIF(t.unit_total, 0) AS center_y,
            SUM(v.d) / NULLIF(t.unit_total, 0) AS center_d,
            SUM(v.x) / NULLIF(t.unit_total, 0) AS center_x
        FROM unit_values AS v
        CROSS JOIN (SELECT CAST(SUM(c.unit_count) AS float) AS unit_total FROM counted AS c) AS t
        GROUP BY v.event_name, v.measure, t.unit_total
    ),
    sums AS
    (
        SELECT
            v.event_name,
            v.measure,
            v.bucket,
            COUNT_BIG(*) AS row_count,
            SUM(v.y - m.center_y) AS sum_y,
            SUM((v.y - m.center_y) * (v.y - m.center_y)) AS sum_yy,
            SUM(v.d - m.center_d) AS sum_d,
            SUM((v.d - m.center_d) * (v.d - m.center_d)) AS sum_dd,
            SUM((v.y - m.center_y) * (v.d - m.center_d)) AS sum_yd,
            SUM(v.x - m.center_x) AS sum_x,
            SUM((v.x - m.center_x) * (v.x - m.center_x)) AS sum_xx,
            SUM((v.y - m.center_y) * (v.x - m.center_x)) AS sum_yx
        FROM unit_values AS v
        INNER JOIN centers AS m
            ON m.event_name = v.event_name AND m.measure = v.measure
        GROUP BY v.event_name, v.measure, v.bucket
    )
    SELECT
        m.event_name,
        m.measure,
        c.bucket,
        c.unit_count,
        CASE WHEN m.measure = 'share' THEN COALESCE(s.row_count, 0) END AS success_count,
        m.center_y,
        m.center_d,
        m.center_x,
        COALESCE(s.sum_y, 0e0) - k.zeros * m.center_y AS sum_y,
        COALESCE(s.sum_yy, 0e0) + k.zeros * m.center_y * m.center_y AS sum_yy,
        CASE WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_d, 0e0) END - k.zeros * m.center_d AS sum_d,
        CASE WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_dd, 0e0) END + k.zeros * m.center_d * m.center_d AS sum_dd,
        CASE WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_yd, 0e0) END + k.zeros * m.center_y * m.center_d AS sum_yd,
        CASE WHEN m.center_x IS NOT NULL THEN COALESCE(s.sum_x, 0e0) END - k.zeros * m.center_x AS sum_x,
        CASE WHEN m.center_x IS NOT NULL THEN COALESCE(s.sum_xx, 0e0) END + k.zeros * m.center_x * m.center_x AS sum_xx,
        CASE WHEN m.center_x IS NOT NULL THEN COALESCE(s.sum_yx, 0e0) END + k.zeros * m.center_y * m.center_x AS sum_yx
    FROM centers AS m
    CROSS JOIN counted AS c
    LEFT JOIN sums AS s
        ON s.event_name = m.event_name AND s.measure = m.measure AND s.bucket = c.bucket
    CROSS APPLY (SELECT CAST(c.unit_count - COALESCE(s.row_count, 0) AS float) AS zeros) AS k
);
GO

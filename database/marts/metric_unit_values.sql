/*
One row a mode, metric and randomised unit that has events for it: its value y, for a ratio its denominator d, and where
the metric has covariates x and w, counted before the anchor. A part without events is 0 where its aggregate is (count,
sum, distinct), or the cap that holds the 0 (zero_value); a row without y is in no sum. Only units whose windows had
ended by @watermark_at are here; units without any event have no row, clusters without members none. raw_y is y before
its cap. Of clusters the parts are sums over members, and d, where the metric has no denominator of its own, the number
of members with a value.
*/
CREATE OR ALTER FUNCTION marts.metric_unit_values
(
    @experiment_id varchar(128),
    @watermark_at datetime2(6)
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        p.analysis_mode,
        p.metric_id,
        s.unit_number,
        s.arm_number,
        s.anchor_at,
        v.raw_value AS raw_y,
        v.metric_value AS y,
        CAST(NULL AS float) AS d,
        CAST(NULL AS float) AS x,
        CAST(NULL AS float) AS w,
        0 AS has_covariate,
        p.mature_seconds,
        p.center_value AS center_y,
        CAST(NULL AS float) AS center_d,
        CAST(NULL AS float) AS center_x,
        CAST(NULL AS float) AS center_w
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_measure_units AS s
        ON s.measure_number = p.measure_number
    CROSS APPLY marts.unit_aggregate
    (
        p.aggregation, s.event_count, s.value_count, s.distinct_value_count, s.distinct_day_count, s.sum_value,
        s.min_value, s.max_value, s.anchor_at, s.first_at
    ) AS q
    CROSS APPLY marts.metric_value(q.aggregate_value, p.threshold, p.cap_lower, p.cap_upper) AS v
    WHERE p.experiment_id = @experiment_id
        AND s.experiment_id = @experiment_id
        AND p.part_count = 1
        AND s.anchor_at < p.anchored_before
        AND DATEADD(second, p.mature_seconds, s.anchor_at) <= @watermark_at
    UNION ALL
    SELECT
        g.analysis_mode,
        g.metric_id,
        g.unit_number,
        g.arm_number,
        g.anchor_at,
        CASE WHEN z.zero_y IS NULL THEN g.raw_y ELSE COALESCE(g.raw_y, 0e0) END AS raw_y,
        CASE WHEN z.zero_y IS NULL THEN g.y ELSE COALESCE(g.y, 0e0) + z.zero_y * (n.member_count - g.y_count) END AS y,
        CASE WHEN z.counts_members = 1 AND z.zero_y IS NULL THEN g.y_count ELSE COALESCE(g.d, 0e0) END AS d,
        COALESCE(g.x, 0e0) + COALESCE(z.zero_x, 0e0) * (n.member_count - g.x_count) AS x,
        COALESCE(g.w, 0e0) AS w,
        g.has_covariate,
        z.mature_seconds,
        z.center_y,
        z.center_d,
        z.center_x,
        z.center_w
    FROM
    (
        SELECT
            p.analysis_mode,
            p.metric_id,
            s.unit_number,
            MAX(s.arm_number) AS arm_number,
            MAX(s.anchor_at) AS anchor_at,
            MAX(CASE WHEN p.part_name = 'x' THEN 1 ELSE 0 END) AS has_covariate,
            SUM(CASE WHEN p.part_name = 'y' AND v.metric_value IS NOT NULL THEN 1e0 ELSE 0e0 END) AS y_count,
            SUM(CASE WHEN p.part_name = 'x' AND v.metric_value IS NOT NULL THEN 1e0 ELSE 0e0 END) AS x_count,
            SUM(CASE WHEN p.part_name = 'y' THEN v.raw_value END) AS raw_y,
            SUM(CASE WHEN p.part_name = 'y' THEN v.metric_value END) AS y,
            SUM(CASE WHEN p.part_name = 'd' THEN v.metric_value END) AS d,
            SUM(CASE WHEN p.part_name = 'n' THEN v.metric_value END) AS n,
            SUM(CASE WHEN p.part_name = 'x' THEN v.metric_value END) AS x,
            SUM(CASE WHEN p.part_name = 'w' THEN v.metric_value END) AS w
        FROM marts.experiment_metric_parts AS p
        INNER JOIN marts.experiment_measure_units AS s
            ON s.measure_number = p.measure_number
        CROSS APPLY marts.unit_aggregate
        (
            p.aggregation, s.event_count, s.value_count, s.distinct_value_count, s.distinct_day_count,
            s.sum_value, s.min_value, s.max_value, s.anchor_at, s.first_at
        ) AS q
        CROSS APPLY marts.metric_value(q.aggregate_value, p.threshold, p.cap_lower, p.cap_upper) AS v
        WHERE p.experiment_id = @experiment_id
            AND s.experiment_id = @experiment_id
            AND p.part_count > 1
            AND s.anchor_at < p.anchored_before
            AND DATEADD(second, p.mature_seconds, s.anchor_at) <= @watermark_at
        GROUP BY p.analysis_mode, p.metric_id, s.unit_number
    ) AS g
    INNER JOIN marts.metric_constants AS z
        ON z.experiment_id = @experiment_id AND z.analysis_mode = g.analysis_mode AND z.metric_id = g.metric_id
    CROSS APPLY
    (
        SELECT
            CASE
                WHEN z.counts_members = 1 THEN COALESCE(g.d, 0e0)
                WHEN z.has_members = 1 THEN COALESCE(g.n, 0e0)
                ELSE 1e0
            END AS member_count
    ) AS n
);
GO

/*
One row a mode, metric and randomised unit that has events for it: its value y, for a ratio its denominator d, and where
the metric has covariates x and w, counted before the anchor. A part without events is 0 where its aggregate is (count,
sum, distinct); a row without y is in no sum. Only units whose windows had ended by @watermark_at are here; units
without any event have no row, unless a cap moves their 0. raw_y is y before its cap. Of clusters, d is the number of
the members that have a value, where the metric has no denominator of its own.
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
        s.unit_id,
        s.variation_id,
        s.weight_epoch,
        s.anchor_at,
        v.raw_value AS raw_y,
        v.metric_value AS y,
        CAST(NULL AS float) AS d,
        CAST(NULL AS float) AS x,
        CAST(NULL AS float) AS w,
        0 AS has_covariate
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_measure_units AS s
        ON s.experiment_id = p.experiment_id
        AND s.analysis_mode = p.analysis_mode
        AND s.measure_number = p.measure_number
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
    /* A unit without events has the value 0; where that lies beyond a cap, it is held there as any other is. */
    SELECT
        z.analysis_mode,
        z.metric_id,
        z.unit_id,
        z.variation_id,
        z.weight_epoch,
        z.anchor_at,
        0e0 AS raw_y,
        z.held_zero AS y,
        CAST(NULL AS float) AS d,
        CAST(NULL AS float) AS x,
        CAST(NULL AS float) AS w,
        0 AS has_covariate
    FROM marts.held_zeros(@experiment_id, @watermark_at) AS z
    WHERE z.part_count = 1
    UNION ALL
    SELECT
        g.analysis_mode,
        g.metric_id,
        g.unit_id,
        g.variation_id,
        g.weight_epoch,
        g.anchor_at,
        CASE WHEN g.is_zero_filled = 1 THEN COALESCE(g.raw_y, 0e0) ELSE g.raw_y END AS raw_y,
        CASE WHEN g.is_zero_filled = 1 THEN COALESCE(g.y, 0e0) ELSE g.y END AS y,
        COALESCE(g.d, 0e0) AS d,
        COALESCE(g.x, 0e0) AS x,
        COALESCE(g.w, 0e0) AS w,
        g.has_covariate
    FROM
    (
        SELECT
            v.analysis_mode,
            v.metric_id,
            v.unit_id,
            MAX(v.variation_id) AS variation_id,
            MAX(v.weight_epoch) AS weight_epoch,
            MAX(v.anchor_at) AS anchor_at,
            MAX(v.is_y_zero_filled) AS is_zero_filled,
            MAX(CASE WHEN v.part_name = 'x' AND v.has_events = 1 THEN 1 ELSE 0 END) AS has_covariate,
            SUM(CASE WHEN v.part_name = 'y' THEN v.raw_value END) AS raw_y,
            SUM(CASE WHEN v.part_name = 'y' THEN v.metric_value END) AS y,
            CASE
                WHEN MAX(v.is_y_zero_filled) = 1 THEN SUM(CASE WHEN v.part_name = 'd' THEN v.metric_value END)
                ELSE SUM(CASE WHEN v.part_name = 'y' AND v.metric_value IS NOT NULL THEN 1e0 ELSE 0e0 END)
            END AS d,
            SUM(CASE WHEN v.part_name = 'x' THEN v.metric_value END) AS x,
            SUM(CASE WHEN v.part_name = 'w' THEN v.metric_value END) AS w
        FROM
        (
            SELECT
                p.analysis_mode,
                p.metric_id,
                p.part_name,
                COALESCE(s.cluster_id, s.unit_id) AS unit_id,
                s.variation_id,
                s.weight_epoch,
                s.anchor_at,
                CASE WHEN y.is_zero_filled = 1 THEN 1 ELSE 0 END AS is_y_zero_filled,
                1 AS has_events,
                v.raw_value,
                v.metric_value
            FROM marts.experiment_metric_parts AS p
            INNER JOIN marts.experiment_metric_parts AS y
                ON y.experiment_id = p.experiment_id
                AND y.analysis_mode = p.analysis_mode
                AND y.metric_id = p.metric_id
                AND y.part_name = 'y'
            INNER JOIN marts.experiment_measure_units AS s
                ON s.experiment_id = p.experiment_id
                AND s.analysis_mode = p.analysis_mode
                AND s.measure_number = p.measure_number
            CROSS APPLY marts.unit_aggregate
            (
                p.aggregation, s.event_count, s.value_count, s.distinct_value_count, s.distinct_day_count,
                s.sum_value, s.min_value, s.max_value, s.anchor_at, s.first_at
            ) AS q
            CROSS APPLY marts.metric_value(q.aggregate_value, p.threshold, p.cap_lower, p.cap_upper) AS v
            WHERE p.experiment_id = @experiment_id
                AND y.experiment_id = @experiment_id
                AND s.experiment_id = @experiment_id
                AND p.part_count > 1
                AND s.anchor_at < p.anchored_before
                AND DATEADD(second, p.mature_seconds, s.anchor_at) <= @watermark_at
            UNION ALL
            SELECT
                z.analysis_mode,
                z.metric_id,
                z.part_name,
                COALESCE(z.cluster_id, z.unit_id) AS unit_id,
                z.variation_id,
                z.weight_epoch,
                z.anchor_at,
                z.is_y_zero_filled,
                0 AS has_events,
                0e0 AS raw_value,
                z.held_zero AS metric_value
            FROM marts.held_zeros(@experiment_id, @watermark_at) AS z
            WHERE z.part_count > 1
        ) AS v
        GROUP BY v.analysis_mode, v.metric_id, v.unit_id
    ) AS g
);
GO

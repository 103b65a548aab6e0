/*
One row an experiment, mode, metric and unit of the cohort: the unit's value (of a ratio, its numerator), denominator
and covariate, NULL where it has none. For tracing a number down to its units; the aggregates do not read it. is_mature
says that the unit's window and delay have passed, so that the aggregates count it.
*/
CREATE OR ALTER VIEW marts.int_experiment_metric_outcomes
AS
WITH given AS
(
    SELECT
        p.experiment_id,
        p.analysis_mode,
        p.metric_id,
        s.unit_number,
        SUM(CASE WHEN p.part_name = 'y' THEN v.metric_value END) AS y,
        SUM(CASE WHEN p.part_name = 'd' THEN v.metric_value END) AS d,
        SUM(CASE WHEN p.part_name = 'x' THEN v.metric_value END) AS x,
        SUM(CASE WHEN p.part_name = 'n' THEN v.metric_value END) AS n,
        SUM(CASE WHEN p.part_name = 'y' AND v.metric_value IS NOT NULL THEN 1e0 ELSE 0e0 END) AS y_count,
        SUM(CASE WHEN p.part_name = 'x' AND v.metric_value IS NOT NULL THEN 1e0 ELSE 0e0 END) AS x_count
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_measure_units AS s
        ON s.experiment_id = p.experiment_id AND s.measure_number = p.measure_number
    CROSS APPLY marts.unit_aggregate
    (
        p.aggregation, s.event_count, s.value_count, s.distinct_value_count, s.distinct_day_count, s.sum_value,
        s.min_value, s.max_value, s.anchor_at, s.first_at
    ) AS q
    CROSS APPLY marts.metric_value(q.aggregate_value, p.threshold, p.cap_lower, p.cap_upper) AS v
    GROUP BY p.experiment_id, p.analysis_mode, p.metric_id, s.unit_number
)
SELECT
    u.experiment_id,
    u.analysis_mode,
    k.metric_id,
    k.metric_version,
    u.unit_id,
    u.variation_id,
    u.weight_epoch,
    CASE
        WHEN k.zero_y IS NULL THEN g.y
        ELSE COALESCE(g.y, 0e0) + k.zero_y * (n.member_count - COALESCE(g.y_count, 0e0))
    END AS outcome_value,
    CASE
        WHEN k.center_d IS NULL THEN NULL
        WHEN k.counts_members = 1 AND k.zero_y IS NULL THEN COALESCE(g.y_count, 0e0)
        ELSE COALESCE(g.d, 0e0)
    END AS denominator_value,
    CASE
        WHEN k.center_x IS NOT NULL
            THEN COALESCE(g.x, 0e0) + COALESCE(k.zero_x, 0e0) * (n.member_count - COALESCE(g.x_count, 0e0))
    END AS covariate_value,
    CASE
        WHEN u.anchor_at < k.anchored_before AND DATEADD(second, k.mature_seconds, u.anchor_at) <= w.watermark_at
            THEN 1
        ELSE 0
    END AS is_mature
FROM marts.experiment_units AS u
INNER JOIN marts.metric_constants AS k
    ON k.experiment_id = u.experiment_id AND k.analysis_mode = u.analysis_mode
CROSS JOIN ops.data_watermark AS w
LEFT JOIN given AS g
    ON g.experiment_id = u.experiment_id
    AND g.analysis_mode = u.analysis_mode
    AND g.metric_id = k.metric_id
    AND g.unit_number = u.unit_number
CROSS APPLY
(
    SELECT
        CASE
            WHEN k.counts_members = 1 THEN COALESCE(g.d, 0e0)
            WHEN k.has_members = 1 THEN COALESCE(g.n, 0e0)
            ELSE 1e0
        END AS member_count
) AS n;
GO

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
        SUM(CASE WHEN p.part_name = 'x' THEN v.metric_value END) AS x
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
),
metrics AS
(
    SELECT
        p.experiment_id,
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        MAX(p.mature_seconds) AS mature_seconds,
        MAX(p.anchored_before) AS anchored_before,
        MAX(CASE WHEN p.part_name = 'y' THEN p.zero_value END) AS zero_y,
        MAX(CASE WHEN p.part_name = 'x' THEN p.zero_value END) AS zero_x,
        MAX(CASE WHEN p.part_name = 'd' THEN 1 ELSE 0 END) AS has_denominator,
        MAX(CASE WHEN p.part_name = 'x' THEN 1 ELSE 0 END) AS has_covariate
    FROM marts.experiment_metric_parts AS p
    GROUP BY p.experiment_id, p.analysis_mode, p.metric_id, p.metric_version
)
SELECT
    u.experiment_id,
    u.analysis_mode,
    m.metric_id,
    m.metric_version,
    u.unit_id,
    u.variation_id,
    u.weight_epoch,
    COALESCE(g.y, m.zero_y) AS outcome_value,
    CASE WHEN m.has_denominator = 1 THEN COALESCE(g.d, 0e0) END AS denominator_value,
    CASE WHEN m.has_covariate = 1 THEN COALESCE(g.x, m.zero_x, 0e0) END AS covariate_value,
    CASE
        WHEN u.anchor_at < m.anchored_before AND DATEADD(second, m.mature_seconds, u.anchor_at) <= w.watermark_at
            THEN 1
        ELSE 0
    END AS is_mature
FROM marts.experiment_units AS u
INNER JOIN metrics AS m
    ON m.experiment_id = u.experiment_id AND m.analysis_mode = u.analysis_mode
CROSS JOIN ops.data_watermark AS w
LEFT JOIN given AS g
    ON g.experiment_id = u.experiment_id
    AND g.analysis_mode = u.analysis_mode
    AND g.metric_id = m.metric_id
    AND g.unit_number = u.unit_number;
GO

/*
One row an experiment, mode, metric and unit of the cohort: the unit's value, NULL where it has none. For tracing a
number down to its units; the aggregates do not read it. Units whose window had not ended are in it, marked.
*/
CREATE OR ALTER VIEW marts.int_experiment_metric_outcomes
AS
WITH units AS
(
    SELECT
        c.experiment_id,
        c.unit_id,
        c.variation_id,
        c.weight_epoch,
        modes.analysis_mode,
        CASE WHEN modes.analysis_mode = 'itt' THEN c.itt_anchor_at ELSE c.exposed_anchor_at END AS anchor_at
    FROM marts.fct_experiment_cohort AS c
    CROSS JOIN (VALUES ('itt'), ('exposed')) AS modes (analysis_mode)
    WHERE (modes.analysis_mode = 'itt' AND c.is_itt = 1) OR (modes.analysis_mode = 'exposed' AND c.is_exposed = 1)
),
metrics AS
(
    SELECT
        m.experiment_id,
        m.metric_id,
        m.metric_version,
        ms.analysis_mode,
        ms.measure_number,
        d.metric_type,
        d.aggregation,
        COALESCE(d.threshold, 1e0) AS threshold,
        CASE WHEN d.maturity = 'complete' THEN COALESCE(ms.window_end_seconds, 0) ELSE 0 END AS mature_seconds
    FROM catalog.experiment_metrics AS m
    INNER JOIN catalog.metric_definitions AS d
        ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
    INNER JOIN marts.experiment_measures AS ms
        ON ms.experiment_id = m.experiment_id
        AND ms.event_name = d.event_name
        AND ms.window_start_seconds = CAST(ROUND(d.window_start_hours * 3600e0, 0) AS int)
        AND COALESCE(ms.window_end_seconds, -1) = COALESCE(CAST(ROUND(d.window_end_hours * 3600e0, 0) AS int), -1)
),
joined AS
(
    SELECT
        u.experiment_id,
        u.unit_id,
        u.variation_id,
        u.weight_epoch,
        u.analysis_mode,
        u.anchor_at,
        m.metric_id,
        m.metric_version,
        m.metric_type,
        m.aggregation,
        m.threshold,
        m.mature_seconds,
        COALESCE(s.event_count, 0) AS event_count,
        COALESCE(s.value_count, 0) AS value_count,
        s.sum_value,
        s.min_value,
        s.max_value
    FROM units AS u
    INNER JOIN metrics AS m
        ON m.experiment_id = u.experiment_id AND m.analysis_mode = u.analysis_mode
    LEFT JOIN marts.experiment_measure_units AS s
        ON s.experiment_id = u.experiment_id
        AND s.analysis_mode = u.analysis_mode
        AND s.measure_number = m.measure_number
        AND s.unit_id = u.unit_id
)
SELECT
    j.experiment_id,
    j.analysis_mode,
    j.metric_id,
    j.metric_version,
    j.unit_id,
    j.variation_id,
    j.weight_epoch,
    y.metric_value AS outcome_value,
    CASE WHEN DATEADD(second, j.mature_seconds, j.anchor_at) <= w.watermark_at THEN 1 ELSE 0 END AS is_mature
FROM joined AS j
CROSS JOIN ops.data_watermark AS w
CROSS APPLY marts.metric_value
(
    j.metric_type, j.aggregation, j.threshold, j.event_count, j.value_count, j.sum_value, j.min_value, j.max_value
) AS y;
GO

/*
One row a mode, metric with further covariates and unit with a value: y and the covariates x1 to x4, 0 (or the cap that
holds it) where a unit has no events for a part, NULL where the metric has fewer covariates. Only units whose windows
had ended by @watermark_at. has_covariate_events tells whether the unit has events for any of its covariates.
*/
CREATE OR ALTER FUNCTION marts.metric_regression_values
(
    @experiment_id varchar(128),
    @watermark_at datetime2(6)
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        g.analysis_mode,
        g.metric_id,
        g.metric_version,
        g.unit_number,
        g.variation_id,
        g.weight_epoch,
        g.covariate_count,
        g.has_covariate_events,
        g.y,
        g.x1,
        g.x2,
        g.x3,
        g.x4
    FROM
    (
        SELECT
            p.analysis_mode,
            p.metric_id,
            p.metric_version,
            u.unit_number,
            MAX(u.variation_id) AS variation_id,
            MAX(u.weight_epoch) AS weight_epoch,
            CAST(MAX(p.column_number) AS int) AS covariate_count,
            MAX(CASE WHEN p.column_number > 0 AND s.unit_number IS NOT NULL THEN 1 ELSE 0 END) AS has_covariate_events,
            MAX(CASE WHEN p.column_number = 0 THEN n.part_value END) AS y,
            MAX(CASE WHEN p.column_number = 1 THEN n.part_value END) AS x1,
            MAX(CASE WHEN p.column_number = 2 THEN n.part_value END) AS x2,
            MAX(CASE WHEN p.column_number = 3 THEN n.part_value END) AS x3,
            MAX(CASE WHEN p.column_number = 4 THEN n.part_value END) AS x4
        FROM marts.regression_parts AS p
        INNER JOIN marts.experiment_units AS u
            ON u.experiment_id = p.experiment_id AND u.analysis_mode = p.analysis_mode
        LEFT JOIN marts.experiment_measure_units AS s
            ON s.experiment_id = p.experiment_id
            AND s.measure_number = p.measure_number
            AND s.unit_number = u.unit_number
        CROSS APPLY marts.unit_aggregate
        (
            p.aggregation, s.event_count, s.value_count, s.distinct_value_count, s.distinct_day_count, s.sum_value,
            s.min_value, s.max_value, s.anchor_at, s.first_at
        ) AS q
        CROSS APPLY marts.metric_value(q.aggregate_value, p.threshold, p.cap_lower, p.cap_upper) AS v
        CROSS APPLY
        (
            SELECT CASE WHEN s.unit_number IS NULL THEN p.zero_value ELSE v.metric_value END AS part_value
        ) AS n
        WHERE p.experiment_id = @experiment_id
            AND u.experiment_id = @experiment_id
            AND u.anchor_at < p.anchored_before
            AND DATEADD(second, p.mature_seconds, u.anchor_at) <= @watermark_at
        GROUP BY p.analysis_mode, p.metric_id, p.metric_version, u.unit_number
    ) AS g
    WHERE g.y IS NOT NULL
);
GO

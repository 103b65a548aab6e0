/*
One row an experiment, mode, metric with further covariates and column of its regression: column 0 is y, 1 to 4 are its
covariates, its own first, then those of catalog.experiment_metric_covariates by their metric. A covariate is the part x
of a metric of the experiment, which is counted before the anchor; who is in is told by y's window.
*/
CREATE OR ALTER VIEW marts.regression_parts
AS
WITH metrics AS
(
    SELECT
        p.experiment_id,
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        p.mature_seconds,
        p.anchored_before
    FROM marts.experiment_metric_parts AS p
    WHERE p.part_name = 'y'
        AND EXISTS
        (
            SELECT 1
            FROM catalog.experiment_metric_covariates AS k
            WHERE k.experiment_id = p.experiment_id AND k.metric_id = p.metric_id
        )
),
named AS
(
    SELECT
        m.experiment_id,
        m.metric_id,
        m.metric_id AS covariate_metric_id,
        0 AS covariate_order
    FROM catalog.experiment_metrics AS m
    UNION ALL
    SELECT
        k.experiment_id,
        k.metric_id,
        k.covariate_metric_id,
        1 AS covariate_order
    FROM catalog.experiment_metric_covariates AS k
    WHERE k.covariate_metric_id <> k.metric_id
),
final AS
(
    SELECT
        m.experiment_id,
        m.analysis_mode,
        m.metric_id,
        m.metric_version,
        m.mature_seconds,
        m.anchored_before,
        CAST(0 AS bigint) AS column_number,
        y.measure_number,
        y.aggregation,
        y.threshold,
        y.cap_lower,
        y.cap_upper,
        y.zero_value
    FROM metrics AS m
    INNER JOIN marts.experiment_metric_parts AS y
        ON y.experiment_id = m.experiment_id
        AND y.analysis_mode = m.analysis_mode
        AND y.metric_id = m.metric_id
        AND y.part_name = 'y'
    UNION ALL
    SELECT
        m.experiment_id,
        m.analysis_mode,
        m.metric_id,
        m.metric_version,
        m.mature_seconds,
        m.anchored_before,
        ROW_NUMBER() OVER
        (
            PARTITION BY m.experiment_id, m.analysis_mode, m.metric_id
            ORDER BY n.covariate_order, n.covariate_metric_id
        ) AS column_number,
        x.measure_number,
        x.aggregation,
        x.threshold,
        x.cap_lower,
        x.cap_upper,
        x.zero_value
    FROM metrics AS m
    INNER JOIN named AS n
        ON n.experiment_id = m.experiment_id AND n.metric_id = m.metric_id
    INNER JOIN marts.experiment_metric_parts AS x
        ON x.experiment_id = m.experiment_id
        AND x.analysis_mode = m.analysis_mode
        AND x.metric_id = n.covariate_metric_id
        AND x.part_name = 'x'
)
SELECT
    f.experiment_id,
    f.analysis_mode,
    f.metric_id,
    f.metric_version,
    f.mature_seconds,
    f.anchored_before,
    f.column_number,
    f.measure_number,
    f.aggregation,
    f.threshold,
    f.cap_lower,
    f.cap_upper,
    f.zero_value
FROM final AS f;
GO

/*
One row an experiment, mode, metric, variation, weight epoch and UTC day on which any of the experiment's aggregates
changed: the counts and sums of agg_experiment_metric_by_variant as of the end of that day, the running sum of
marts.agg_experiment_metric_daily, 0 before its own first day. The last day has those of the whole.
*/
CREATE OR ALTER VIEW marts.experiment_metric_cumulative
AS
WITH days AS
(
    SELECT DISTINCT
        d.experiment_id,
        d.analysis_mode,
        d.metric_date
    FROM marts.agg_experiment_metric_daily AS d
),
series AS
(
    SELECT
        d.experiment_id,
        d.analysis_mode,
        d.metric_id,
        d.metric_version,
        d.variation_id,
        d.weight_epoch,
        MAX(d.center_value) AS center_value,
        MAX(d.center_d) AS center_d,
        MAX(d.center_x) AS center_x,
        MAX(d.center_w) AS center_w,
        MAX(d.success_count) AS greatest_success_count
    FROM marts.agg_experiment_metric_daily AS d
    GROUP BY d.experiment_id, d.analysis_mode, d.metric_id, d.metric_version, d.variation_id, d.weight_epoch
),
grid AS
(
    SELECT
        s.experiment_id,
        s.analysis_mode,
        s.metric_id,
        s.metric_version,
        s.variation_id,
        s.weight_epoch,
        s.center_value,
        s.center_d,
        s.center_x,
        s.center_w,
        CASE WHEN s.greatest_success_count IS NOT NULL THEN CAST(0 AS bigint) END AS zero_successes,
        CASE WHEN s.center_x IS NOT NULL THEN CAST(0 AS bigint) END AS zero_covariates,
        CASE WHEN s.center_d IS NOT NULL THEN 0e0 END AS zero_d,
        CASE WHEN s.center_x IS NOT NULL THEN 0e0 END AS zero_x,
        CASE WHEN s.center_w IS NOT NULL THEN 0e0 END AS zero_w,
        y.metric_date
    FROM series AS s
    INNER JOIN days AS y
        ON y.experiment_id = s.experiment_id AND y.analysis_mode = s.analysis_mode
)
SELECT
    g.experiment_id,
    g.analysis_mode,
    g.metric_id,
    g.metric_version,
    g.variation_id,
    g.weight_epoch,
    g.metric_date,
    SUM(COALESCE(d.n_assigned, 0)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS n_assigned,
    SUM(COALESCE(d.n_units, 0)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS n_units,
    SUM(COALESCE(d.success_count, g.zero_successes)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS success_count,
    g.center_value,
    SUM(COALESCE(d.sum_centered, 0e0)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_centered,
    SUM(COALESCE(d.sum_centered_sq, 0e0)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_centered_sq,
    SUM(COALESCE(d.sum_centered_cube, 0e0)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_centered_cube,
    g.center_d,
    g.center_x,
    g.center_w,
    SUM(COALESCE(d.sum_d, g.zero_d)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_d,
    SUM(COALESCE(d.sum_dd, g.zero_d)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_dd,
    SUM(COALESCE(d.sum_yd, g.zero_d)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_yd,
    SUM(COALESCE(d.sum_x, g.zero_x)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_x,
    SUM(COALESCE(d.sum_xx, g.zero_x)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_xx,
    SUM(COALESCE(d.sum_yx, g.zero_x)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_yx,
    SUM(COALESCE(d.sum_dx, g.zero_d + g.zero_x)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_dx,
    SUM(COALESCE(d.sum_w, g.zero_w)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_w,
    SUM(COALESCE(d.sum_ww, g.zero_w)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_ww,
    SUM(COALESCE(d.sum_yw, g.zero_w)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_yw,
    SUM(COALESCE(d.sum_dw, g.zero_d + g.zero_w)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_dw,
    SUM(COALESCE(d.sum_xw, g.zero_x + g.zero_w)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_xw,
    SUM(COALESCE(d.missing_covariate_count, g.zero_covariates)) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS missing_covariate_count
FROM grid AS g
LEFT JOIN marts.agg_experiment_metric_daily AS d
    ON d.experiment_id = g.experiment_id
    AND d.analysis_mode = g.analysis_mode
    AND d.metric_id = g.metric_id
    AND d.metric_version = g.metric_version
    AND d.variation_id = g.variation_id
    AND d.weight_epoch = g.weight_epoch
    AND d.metric_date = g.metric_date;
GO

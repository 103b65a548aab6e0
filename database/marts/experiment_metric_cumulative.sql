/*
One row an experiment, mode, metric, variation, weight epoch and UTC day on which any of the experiment's aggregates
changed: the counts and sums of agg_experiment_metric_by_variant as of the end of that day, the running sum of
marts.agg_experiment_metric_daily. The last day has those of the whole.
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
        MAX(d.center_w) AS center_w
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
    SUM(d.success_count) OVER
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
    SUM(d.sum_d) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_d,
    SUM(d.sum_dd) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_dd,
    SUM(d.sum_yd) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_yd,
    SUM(d.sum_x) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_x,
    SUM(d.sum_xx) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_xx,
    SUM(d.sum_yx) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_yx,
    SUM(d.sum_dx) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_dx,
    SUM(d.sum_w) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_w,
    SUM(d.sum_ww) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_ww,
    SUM(d.sum_yw) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_yw,
    SUM(d.sum_dw) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_dw,
    SUM(d.sum_xw) OVER
    (
        PARTITION BY g.experiment_id, g.analysis_mode, g.metric_id, g.metric_version, g.variation_id, g.weight_epoch
        ORDER BY g.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sum_xw,
    SUM(d.missing_covariate_count) OVER
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

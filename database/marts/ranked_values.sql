/*
One row a mode, metric whose use asks for ranks (catalog.experiment_metrics.test_method 'mann_whitney') and randomised
unit that has events for it: the value that is ranked, of clusters the mean of their members. Of one weight epoch, since
ranks cannot be stratified by sums.
*/
CREATE OR ALTER FUNCTION marts.ranked_values
(
    @experiment_id varchar(128),
    @watermark_at datetime2(6),
    @weight_epoch int
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        f.analysis_mode,
        f.metric_id,
        f.unit_number,
        a.variation_id,
        CASE WHEN d.part_name IS NULL THEN f.y ELSE f.y / NULLIF(f.d, 0) END AS unit_value
    FROM marts.metric_unit_values(@experiment_id, @watermark_at) AS f
    INNER JOIN marts.experiment_arms AS a
        ON a.arm_number = f.arm_number
    INNER JOIN marts.experiment_metric_parts AS y
        ON y.analysis_mode = f.analysis_mode AND y.metric_id = f.metric_id
    LEFT JOIN marts.experiment_metric_parts AS d
        ON d.experiment_id = y.experiment_id
        AND d.analysis_mode = y.analysis_mode
        AND d.metric_id = y.metric_id
        AND d.part_name = 'd'
    INNER JOIN catalog.experiment_metrics AS m
        ON m.metric_id = f.metric_id
    WHERE y.experiment_id = @experiment_id
        AND a.experiment_id = @experiment_id
        AND y.part_name = 'y'
        AND y.metric_type NOT IN ('ratio', 'quantile')
        AND m.experiment_id = @experiment_id
        AND m.test_method = 'mann_whitney'
        AND a.weight_epoch = @weight_epoch
        AND f.y IS NOT NULL
);
GO

/*
One row a mode, metric, variation, weight epoch and day on which units enter, of the units with events
(marts.metric_unit_values): their number, and the sums of y, d, x and w and of their products, centred at center_value
of marts.experiment_metric_parts. @by_dimension = 1 gives the rows of each dimension's values instead, without days
(metric_date is year 1).
*/
CREATE OR ALTER FUNCTION marts.metric_sums
(
    @experiment_id varchar(128),
    @watermark_at datetime2(6),
    @by_dimension int
)
RETURNS TABLE
AS
RETURN
(
    WITH constants AS
    (
        SELECT
            p.analysis_mode,
            p.metric_id,
            MAX(p.mature_seconds) AS mature_seconds,
            MAX(CASE WHEN p.part_name = 'y' THEN p.center_value END) AS center_y,
            MAX(CASE WHEN p.part_name = 'd' THEN p.center_value END) AS center_d,
            MAX(CASE WHEN p.part_name = 'x' THEN p.center_value END) AS center_x,
            MAX(CASE WHEN p.part_name = 'w' THEN p.center_value END) AS center_w
        FROM marts.experiment_metric_parts AS p
        WHERE p.experiment_id = @experiment_id
        GROUP BY p.analysis_mode, p.metric_id
    ),
    unit_values AS
    (
        SELECT
            f.analysis_mode,
            f.metric_id,
            CAST('' AS varchar(64)) AS dimension_id,
            CAST('' AS varchar(400)) AS dimension_value,
            f.anchor_at,
            f.variation_id,
            f.weight_epoch,
            f.raw_y,
            f.y,
            f.d,
            f.x,
            f.w,
            f.has_covariate
        FROM marts.metric_unit_values(@experiment_id, @watermark_at) AS f
        WHERE @by_dimension = 0 AND f.y IS NOT NULL
        UNION ALL
        SELECT
            f.analysis_mode,
            f.metric_id,
            v.dimension_id,
            v.dimension_value,
            CAST(NULL AS datetime2(6)) AS anchor_at,
            f.variation_id,
            f.weight_epoch,
            f.raw_y,
            f.y,
            f.d,
            f.x,
            f.w,
            f.has_covariate
        FROM marts.experiment_unit_dimensions AS v
        INNER JOIN marts.metric_unit_values(@experiment_id, @watermark_at) AS f
            ON f.unit_id = v.unit_id
        WHERE @by_dimension = 1 AND v.experiment_id = @experiment_id AND f.y IS NOT NULL
    )
    SELECT
        f.analysis_mode,
        f.metric_id,
        f.dimension_id,
        f.dimension_value,
        COALESCE
        (
            CAST(DATEADD(second, k.mature_seconds, f.anchor_at) AS date), CAST('0001-01-01' AS date)
        ) AS metric_date,
        f.variation_id,
        f.weight_epoch,
        COUNT_BIG(*) AS row_count,
        SUM(CASE WHEN f.y <> f.raw_y THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) AS capped_count,
        SUM(CAST(f.has_covariate AS bigint)) AS covariate_count,
        SUM(f.y) AS sum_y,
        SUM(f.y - k.center_y) AS sum_centered,
        SUM((f.y - k.center_y) * (f.y - k.center_y)) AS sum_centered_sq,
        SUM((f.y - k.center_y) * (f.y - k.center_y) * (f.y - k.center_y)) AS sum_centered_cube,
        SUM(f.raw_y - k.center_y) AS sum_raw_centered,
        SUM((f.raw_y - k.center_y) * (f.raw_y - k.center_y)) AS sum_raw_centered_sq,
        SUM(f.d - k.center_d) AS sum_d,
        SUM((f.d - k.center_d) * (f.d - k.center_d)) AS sum_dd,
        SUM((f.y - k.center_y) * (f.d - k.center_d)) AS sum_yd,
        SUM(f.x - k.center_x) AS sum_x,
        SUM((f.x - k.center_x) * (f.x - k.center_x)) AS sum_xx,
        SUM((f.y - k.center_y) * (f.x - k.center_x)) AS sum_yx,
        SUM((f.d - k.center_d) * (f.x - k.center_x)) AS sum_dx,
        SUM(f.w - k.center_w) AS sum_w,
        SUM((f.w - k.center_w) * (f.w - k.center_w)) AS sum_ww,
        SUM((f.y - k.center_y) * (f.w - k.center_w)) AS sum_yw,
        SUM((f.d - k.center_d) * (f.w - k.center_w)) AS sum_dw,
        SUM((f.x - k.center_x) * (f.w - k.center_w)) AS sum_xw,
        MIN(f.y) AS min_value,
        MAX(f.y) AS max_value
    FROM unit_values AS f
    INNER JOIN constants AS k
        ON k.analysis_mode = f.analysis_mode AND k.metric_id = f.metric_id
    GROUP BY f.analysis_mode, f.metric_id, f.dimension_id, f.dimension_value, f.variation_id, f.weight_epoch,
        COALESCE
        (
            CAST(DATEADD(second, k.mature_seconds, f.anchor_at) AS date), CAST('0001-01-01' AS date)
        )
);
GO

/*
One row a mode, metric, arm and day on which units enter, of the units with events (marts.metric_unit_values): their
number, and the sums of y, d, x and w and of their products, centred at the constants of the metric. @by_dimension = 1
gives the rows of each dimension's values instead, without days (metric_date is year 1).
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
    WITH unit_values AS
    (
        SELECT
            f.analysis_mode,
            f.metric_id,
            CAST('' AS varchar(64)) AS dimension_id,
            CAST('' AS varchar(400)) AS dimension_value,
            f.anchor_at,
            f.arm_number,
            f.raw_y,
            f.y,
            f.d,
            f.x,
            f.w,
            f.has_covariate,
            f.mature_seconds,
            f.center_y,
            f.center_d,
            f.center_x,
            f.center_w
        FROM marts.metric_unit_values(@experiment_id, @watermark_at) AS f
        WHERE @by_dimension = 0 AND f.y IS NOT NULL
        UNION ALL
        SELECT
            f.analysis_mode,
            f.metric_id,
            v.dimension_id,
            v.dimension_value,
            CAST(NULL AS datetime2(6)) AS anchor_at,
            f.arm_number,
            f.raw_y,
            f.y,
            f.d,
            f.x,
            f.w,
            f.has_covariate,
            f.mature_seconds,
            f.center_y,
            f.center_d,
            f.center_x,
            f.center_w
        FROM marts.experiment_unit_dimensions AS v
        INNER JOIN marts.metric_unit_values(@experiment_id, @watermark_at) AS f
            ON f.unit_number = v.unit_number
        WHERE @by_dimension = 1 AND v.experiment_id = @experiment_id AND f.y IS NOT NULL
    )
    SELECT
        f.analysis_mode,
        f.metric_id,
        f.dimension_id,
        f.dimension_value,
        COALESCE
        (
            CAST(DATEADD(second, f.mature_seconds, f.anchor_at) AS date), CAST('0001-01-01' AS date)
        ) AS metric_date,
        f.arm_number,
        COUNT_BIG(*) AS row_count,
        SUM(CASE WHEN f.y <> f.raw_y THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) AS capped_count,
        SUM(CAST(f.has_covariate AS bigint)) AS covariate_count,
        SUM(f.y) AS sum_y,
        SUM(f.y - f.center_y) AS sum_centered,
        SUM((f.y - f.center_y) * (f.y - f.center_y)) AS sum_centered_sq,
        SUM((f.y - f.center_y) * (f.y - f.center_y) * (f.y - f.center_y)) AS sum_centered_cube,
        SUM(f.raw_y - f.center_y) AS sum_raw_centered,
        SUM((f.raw_y - f.center_y) * (f.raw_y - f.center_y)) AS sum_raw_centered_sq,
        SUM(f.d - f.center_d) AS sum_d,
        SUM((f.d - f.center_d) * (f.d - f.center_d)) AS sum_dd,
        SUM((f.y - f.center_y) * (f.d - f.center_d)) AS sum_yd,
        SUM(f.x - f.center_x) AS sum_x,
        SUM((f.x - f.center_x) * (f.x - f.center_x)) AS sum_xx,
        SUM((f.y - f.center_y) * (f.x - f.center_x)) AS sum_yx,
        SUM((f.d - f.center_d) * (f.x - f.center_x)) AS sum_dx,
        SUM(f.w - f.center_w) AS sum_w,
        SUM((f.w - f.center_w) * (f.w - f.center_w)) AS sum_ww,
        SUM((f.y - f.center_y) * (f.w - f.center_w)) AS sum_yw,
        SUM((f.d - f.center_d) * (f.w - f.center_w)) AS sum_dw,
        SUM((f.x - f.center_x) * (f.w - f.center_w)) AS sum_xw,
        MIN(f.y) AS min_value,
        MAX(f.y) AS max_value
    FROM unit_values AS f
    GROUP BY f.analysis_mode, f.metric_id, f.dimension_id, f.dimension_value, f.arm_number,
        COALESCE
        (
            CAST(DATEADD(second, f.mature_seconds, f.anchor_at) AS date), CAST('0001-01-01' AS date)
        )
);
GO

/*
One row: the second pass over the units of one variation and weight epoch for the HC2 error of an adjustment for several
covariates (MacKinnon, White 1985; Lin 2013): sum of c^2 e^2/(1 - h), with the residual e = y - mean_y - slopes (x -
means), the leverage h = 1/n + (x - means)' inverse (x - means) and the weight in the adjusted mean c = 1/n + tilts (x -
means), tilts = inverse (overall means - means). NULL where a unit alone determines a slope (h = 1). Of covariates that
the metric does not have, every parameter is 0.
*/
CREATE OR ALTER FUNCTION marts.metric_regression_terms
(
    @experiment_id varchar(128),
    @analysis_mode varchar(16),
    @metric_id varchar(128),
    @variation_id varchar(128),
    @weight_epoch int,
    @watermark_at datetime2(6),
    @unit_count float,
    @mean_y float,
    @mean_1 float,
    @mean_2 float,
    @mean_3 float,
    @mean_4 float,
    @slope_1 float,
    @slope_2 float,
    @slope_3 float,
    @slope_4 float,
    @tilt_1 float,
    @tilt_2 float,
    @tilt_3 float,
    @tilt_4 float,
    @inverse_11 float,
    @inverse_12 float,
    @inverse_13 float,
    @inverse_14 float,
    @inverse_22 float,
    @inverse_23 float,
    @inverse_24 float,
    @inverse_33 float,
    @inverse_34 float,
    @inverse_44 float
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        COUNT_BIG(*) AS unit_count,
        CASE
            WHEN MIN(t.remainder) > 1e-12
                THEN SUM(t.unit_weight * t.unit_weight * t.residual * t.residual / NULLIF(t.remainder, 0e0))
        END AS hc2_sum
    FROM
    (
        SELECT
            d.y - @mean_y - @slope_1 * d.d1 - @slope_2 * d.d2 - @slope_3 * d.d3 - @slope_4 * d.d4 AS residual,
            1e0 / NULLIF(@unit_count, 0e0) + @tilt_1 * d.d1 + @tilt_2 * d.d2 + @tilt_3 * d.d3 + @tilt_4 * d.d4
                AS unit_weight,
            1e0 - 1e0 / NULLIF(@unit_count, 0e0)
                - @inverse_11 * d.d1 * d.d1 - @inverse_22 * d.d2 * d.d2
                - @inverse_33 * d.d3 * d.d3 - @inverse_44 * d.d4 * d.d4
                - 2e0 * (@inverse_12 * d.d1 * d.d2 + @inverse_13 * d.d1 * d.d3 + @inverse_14 * d.d1 * d.d4)
                - 2e0 * (@inverse_23 * d.d2 * d.d3 + @inverse_24 * d.d2 * d.d4 + @inverse_34 * d.d3 * d.d4)
                AS remainder
        FROM
        (
            SELECT
                v.y,
                COALESCE(v.x1, 0e0) - @mean_1 AS d1,
                COALESCE(v.x2, 0e0) - @mean_2 AS d2,
                COALESCE(v.x3, 0e0) - @mean_3 AS d3,
                COALESCE(v.x4, 0e0) - @mean_4 AS d4
            FROM marts.metric_regression_values(@experiment_id, @watermark_at) AS v
            WHERE v.analysis_mode = @analysis_mode
                AND v.metric_id = @metric_id
                AND v.variation_id = @variation_id
                AND v.weight_epoch = @weight_epoch
        ) AS d
    ) AS t
);
GO

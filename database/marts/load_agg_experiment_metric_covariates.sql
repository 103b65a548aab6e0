/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_covariates. Grain: experiment x mode x metric with further
covariates (catalog.experiment_metric_covariates) x variation x weight epoch. Sums over the units that have a value,
those without events included, of y and its covariates and of their products, centred at their means over all units.
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_covariates
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @watermark_at datetime2(6);
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.agg_experiment_metric_covariates
    WHERE experiment_id = @experiment_id;
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

    IF EXISTS
    (
        SELECT 1
        FROM catalog.experiment_metric_covariates AS k
        WHERE k.experiment_id = @experiment_id
    )
    BEGIN
        SELECT
            v.analysis_mode,
            v.metric_id,
            v.metric_version,
            v.variation_id,
            v.weight_epoch,
            v.covariate_count,
            v.has_covariate_events,
            v.y,
            COALESCE(v.x1, 0e0) AS x1,
            COALESCE(v.x2, 0e0) AS x2,
            COALESCE(v.x3, 0e0) AS x3,
            COALESCE(v.x4, 0e0) AS x4
        INTO #values
        FROM marts.metric_regression_values(@experiment_id, @watermark_at) AS v;

        INSERT INTO marts.agg_experiment_metric_covariates
        (
            experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, covariate_count,
            n_units, missing_count, center_y, center_1, center_2, center_3, center_4, sum_y, sum_1, sum_2, sum_3, sum_4,
            sum_yy, sum_y1, sum_y2, sum_y3, sum_y4, sum_11, sum_12, sum_13, sum_14, sum_22, sum_23, sum_24, sum_33,
            sum_34, sum_44,
            watermark_at, refreshed_at
        )
        SELECT
            @experiment_id AS experiment_id,
            d.analysis_mode,
            d.metric_id,
            d.metric_version,
            d.variation_id,
            d.weight_epoch,
            MAX(d.covariate_count) AS covariate_count,
            COUNT_BIG(*) AS n_units,
            SUM(CASE WHEN d.has_covariate_events = 0 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END)
                AS missing_count,
            MAX(d.center_y) AS center_y,
            MAX(d.center_1) AS center_1,
            MAX(d.center_2) AS center_2,
            MAX(d.center_3) AS center_3,
            MAX(d.center_4) AS center_4,
            SUM(d.d_y) AS sum_y,
            SUM(d.d_1) AS sum_1,
            SUM(d.d_2) AS sum_2,
            SUM(d.d_3) AS sum_3,
            SUM(d.d_4) AS sum_4,
            SUM(d.d_y * d.d_y) AS sum_yy,
            SUM(d.d_y * d.d_1) AS sum_y1,
            SUM(d.d_y * d.d_2) AS sum_y2,
            SUM(d.d_y * d.d_3) AS sum_y3,
            SUM(d.d_y * d.d_4) AS sum_y4,
            SUM(d.d_1 * d.d_1) AS sum_11,
            SUM(d.d_1 * d.d_2) AS sum_12,
            SUM(d.d_1 * d.d_3) AS sum_13,
            SUM(d.d_1 * d.d_4) AS sum_14,
            SUM(d.d_2 * d.d_2) AS sum_22,
            SUM(d.d_2 * d.d_3) AS sum_23,
            SUM(d.d_2 * d.d_4) AS sum_24,
            SUM(d.d_3 * d.d_3) AS sum_33,
            SUM(d.d_3 * d.d_4) AS sum_34,
            SUM(d.d_4 * d.d_4) AS sum_44,
            @watermark_at AS watermark_at,
            @now AS refreshed_at
        FROM
        (
            SELECT
                v.analysis_mode,
                v.metric_id,
                v.metric_version,
                v.variation_id,
                v.weight_epoch,
                v.covariate_count,
                v.has_covariate_events,
                c.center_y,
                c.center_1,
                c.center_2,
                c.center_3,
                c.center_4,
                v.y - c.center_y AS d_y,
                v.x1 - c.center_1 AS d_1,
                v.x2 - c.center_2 AS d_2,
                v.x3 - c.center_3 AS d_3,
                v.x4 - c.center_4 AS d_4
            FROM #values AS v
            INNER JOIN
            (
                SELECT
                    v.analysis_mode,
                    v.metric_id,
                    AVG(v.y) AS center_y,
                    AVG(v.x1) AS center_1,
                    AVG(v.x2) AS center_2,
                    AVG(v.x3) AS center_3,
                    AVG(v.x4) AS center_4
                FROM #values AS v
                GROUP BY v.analysis_mode, v.metric_id
            ) AS c
                ON c.analysis_mode = v.analysis_mode AND c.metric_id = v.metric_id
        ) AS d
        GROUP BY d.analysis_mode, d.metric_id, d.metric_version, d.variation_id, d.weight_epoch;
    END;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_ranks. Grain: experiment x mode x metric x treatment, for
metrics whose use asks for it (catalog.experiment_metrics.test_method 'mann_whitney'). U counts, over all pairs of a
treatment and a control unit, those where the treatment's value is larger, and half of those where both are equal;
units without events count with 0 where the aggregate does. Where the weights changed, only units of the last epoch are
in it, since ranks cannot be stratified by sums.
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_ranks
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @watermark_at datetime2(6);
DECLARE @last_epoch int;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.agg_experiment_metric_ranks
    WHERE experiment_id = @experiment_id;
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;
    SELECT @last_epoch = MAX(c.weight_epoch)
    FROM marts.fct_experiment_cohort AS c
    WHERE c.experiment_id = @experiment_id;

    IF EXISTS
    (
        SELECT 1
        FROM catalog.experiment_metrics AS m
        WHERE m.experiment_id = @experiment_id AND m.test_method = 'mann_whitney'
    )
    BEGIN
        WITH given AS
        (
            SELECT
                f.analysis_mode,
                f.metric_id,
                f.variation_id,
                CASE WHEN d.part_name IS NULL THEN f.y ELSE f.y / NULLIF(f.d, 0) END AS unit_value,
                COUNT_BIG(*) AS unit_count
            FROM marts.metric_unit_values(@experiment_id, @watermark_at) AS f
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
                AND y.part_name = 'y'
                AND y.metric_type NOT IN ('ratio', 'quantile')
                AND m.experiment_id = @experiment_id
                AND m.test_method = 'mann_whitney'
                AND f.weight_epoch = @last_epoch
                AND f.y IS NOT NULL
            GROUP BY f.analysis_mode, f.metric_id, f.variation_id,
                CASE WHEN d.part_name IS NULL THEN f.y ELSE f.y / NULLIF(f.d, 0) END
        ),
        eligible AS
        (
            SELECT
                a.analysis_mode,
                a.metric_id,
                a.metric_version,
                a.variation_id,
                a.n_units
            FROM marts.agg_experiment_metric_by_variant AS a
            WHERE a.experiment_id = @experiment_id AND a.weight_epoch = @last_epoch
        )
        SELECT
            g.analysis_mode,
            g.metric_id,
            g.variation_id,
            g.unit_value,
            g.unit_count
        INTO #counts
        FROM given AS g
        UNION ALL
        SELECT
            e.analysis_mode,
            e.metric_id,
            e.variation_id,
            0e0 AS unit_value,
            e.n_units - COALESCE(t.unit_count, 0) AS unit_count
        FROM eligible AS e
        INNER JOIN catalog.experiment_metrics AS m
            ON m.metric_id = e.metric_id AND m.metric_version = e.metric_version
        LEFT JOIN
        (
            SELECT
                g.analysis_mode,
                g.metric_id,
                g.variation_id,
                SUM(g.unit_count) AS unit_count
            FROM given AS g
            GROUP BY g.analysis_mode, g.metric_id, g.variation_id
        ) AS t
            ON t.analysis_mode = e.analysis_mode AND t.metric_id = e.metric_id AND t.variation_id = e.variation_id
        WHERE m.experiment_id = @experiment_id
            AND m.test_method = 'mann_whitney'
            AND e.n_units > COALESCE(t.unit_count, 0)
            AND NOT EXISTS
            (
                SELECT 1
                FROM marts.experiment_metric_parts AS d
                WHERE d.experiment_id = @experiment_id
                    AND d.analysis_mode = e.analysis_mode
                    AND d.metric_id = e.metric_id
                    AND d.part_name = 'd'
            );

        WITH pairs AS
        (
            SELECT
                c.analysis_mode,
                c.metric_id,
                v.variation_id,
                c.unit_value,
                SUM(CASE WHEN c.variation_id = v.variation_id THEN c.unit_count ELSE CAST(0 AS bigint) END)
                    AS treatment_count,
                SUM(CASE WHEN c.variation_id = v.variation_id THEN CAST(0 AS bigint) ELSE c.unit_count END)
                    AS control_count
            FROM #counts AS c
            INNER JOIN catalog.experiment_variations AS k
                ON k.experiment_id = @experiment_id AND k.is_control = 1
            INNER JOIN catalog.experiment_variations AS v
                ON v.experiment_id = k.experiment_id AND v.is_control = 0
            WHERE c.variation_id IN (v.variation_id, k.variation_id)
            GROUP BY c.analysis_mode, c.metric_id, v.variation_id, c.unit_value
        ),
        placed AS
        (
            SELECT
                p.analysis_mode,
                p.metric_id,
                p.variation_id,
                p.treatment_count,
                p.control_count,
                CAST(p.treatment_count + p.control_count AS float) AS tied,
                SUM(p.control_count) OVER
                (
                    PARTITION BY p.analysis_mode, p.metric_id, p.variation_id
                    ORDER BY p.unit_value
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS control_at_or_below
            FROM pairs AS p
        )
        INSERT INTO marts.agg_experiment_metric_ranks
        (
            experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, control_count,
            treatment_count, u_statistic, tie_sum, refreshed_at
        )
        SELECT
            @experiment_id AS experiment_id,
            p.analysis_mode,
            p.metric_id,
            m.metric_version,
            p.variation_id,
            @last_epoch AS weight_epoch,
            SUM(p.control_count) AS control_count,
            SUM(p.treatment_count) AS treatment_count,
            SUM
            (
                CAST(p.treatment_count AS float)
                    * (CAST(p.control_at_or_below AS float) - CAST(p.control_count AS float) / 2e0)
            ) AS u_statistic,
            SUM(CAST(p.tied * p.tied * p.tied - p.tied AS decimal(38, 0))) AS tie_sum,
            @now AS refreshed_at
        FROM placed AS p
        INNER JOIN catalog.experiment_metrics AS m
            ON m.metric_id = p.metric_id
        WHERE m.experiment_id = @experiment_id
        GROUP BY p.analysis_mode, p.metric_id, m.metric_version, p.variation_id;
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

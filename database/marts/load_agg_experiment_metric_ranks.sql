/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_ranks and _by_dimension. Grain: experiment x mode x
metric x treatment, the second one by dimension value too, for metrics whose use asks for it (marts.ranked_values);
both go one way, told apart by dimension_id ('' of all units). U counts, over all pairs of a treatment and a control
unit, those where the treatment's value is larger, and half of those where both are equal; units without events count
with 0, or the cap that holds it, where the aggregate does. Where the weights changed, only units of the last epoch are
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
    DELETE FROM marts.agg_experiment_metric_ranks_by_dimension
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
        SELECT
            r.analysis_mode,
            r.metric_id,
            CAST('' AS varchar(64)) AS dimension_id,
            CAST('' AS varchar(400)) AS dimension_value,
            r.variation_id,
            r.unit_value,
            COUNT_BIG(*) AS unit_count
        INTO #given
        FROM marts.ranked_values(@experiment_id, @watermark_at, @last_epoch) AS r
        GROUP BY r.analysis_mode, r.metric_id, r.variation_id, r.unit_value;

        IF EXISTS (SELECT 1 FROM marts.experiment_unit_dimensions AS v WHERE v.experiment_id = @experiment_id)
            INSERT INTO #given
            (
                analysis_mode, metric_id, dimension_id, dimension_value, variation_id, unit_value, unit_count
            )
            SELECT
                r.analysis_mode,
                r.metric_id,
                v.dimension_id,
                v.dimension_value,
                r.variation_id,
                r.unit_value,
                COUNT_BIG(*) AS unit_count
            FROM marts.experiment_unit_dimensions AS v
            INNER JOIN marts.ranked_values(@experiment_id, @watermark_at, @last_epoch) AS r
                ON r.unit_number = v.unit_number
            WHERE v.experiment_id = @experiment_id
            GROUP BY r.analysis_mode, r.metric_id, v.dimension_id, v.dimension_value, r.variation_id, r.unit_value;

        WITH eligible AS
        (
            SELECT
                a.analysis_mode,
                a.metric_id,
                a.metric_version,
                CAST('' AS varchar(64)) AS dimension_id,
                CAST('' AS varchar(400)) AS dimension_value,
                a.variation_id,
                a.n_units
            FROM marts.agg_experiment_metric_by_variant AS a
            WHERE a.experiment_id = @experiment_id AND a.weight_epoch = @last_epoch
            UNION ALL
            SELECT
                a.analysis_mode,
                a.metric_id,
                a.metric_version,
                a.dimension_id,
                a.dimension_value,
                a.variation_id,
                a.n_units
            FROM marts.agg_experiment_metric_by_dimension AS a
            WHERE a.experiment_id = @experiment_id AND a.weight_epoch = @last_epoch
        )
        SELECT
            g.analysis_mode,
            g.metric_id,
            g.dimension_id,
            g.dimension_value,
            g.variation_id,
            g.unit_value,
            g.unit_count
        INTO #counts
        FROM #given AS g
        UNION ALL
        SELECT
            e.analysis_mode,
            e.metric_id,
            e.dimension_id,
            e.dimension_value,
            e.variation_id,
            COALESCE(z.zero_y, 0e0) AS unit_value,
            e.n_units - COALESCE(t.unit_count, 0) AS unit_count
        FROM eligible AS e
        INNER JOIN catalog.experiment_metrics AS m
            ON m.metric_id = e.metric_id AND m.metric_version = e.metric_version
        LEFT JOIN marts.metric_constants AS z
            ON z.experiment_id = m.experiment_id
            AND z.analysis_mode = e.analysis_mode
            AND z.metric_id = e.metric_id
        LEFT JOIN
        (
            SELECT
                g.analysis_mode,
                g.metric_id,
                g.dimension_id,
                g.dimension_value,
                g.variation_id,
                SUM(g.unit_count) AS unit_count
            FROM #given AS g
            GROUP BY g.analysis_mode, g.metric_id, g.dimension_id, g.dimension_value, g.variation_id
        ) AS t
            ON t.analysis_mode = e.analysis_mode
            AND t.metric_id = e.metric_id
            AND t.dimension_id = e.dimension_id
            AND t.dimension_value = e.dimension_value
            AND t.variation_id = e.variation_id
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
                c.dimension_id,
                c.dimension_value,
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
            GROUP BY c.analysis_mode, c.metric_id, c.dimension_id, c.dimension_value, v.variation_id, c.unit_value
        ),
        placed AS
        (
            SELECT
                p.analysis_mode,
                p.metric_id,
                p.dimension_id,
                p.dimension_value,
                p.variation_id,
                p.treatment_count,
                p.control_count,
                CAST(p.treatment_count + p.control_count AS float) AS tied,
                SUM(p.control_count) OVER
                (
                    PARTITION BY p.analysis_mode, p.metric_id, p.dimension_id, p.dimension_value, p.variation_id
                    ORDER BY p.unit_value
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS control_at_or_below
            FROM pairs AS p
        )
        SELECT
            p.analysis_mode,
            p.metric_id,
            p.dimension_id,
            p.dimension_value,
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
            SUM(CAST(p.tied * p.tied * p.tied - p.tied AS decimal(38, 0))) AS tie_sum
        INTO #final
        FROM placed AS p
        INNER JOIN catalog.experiment_metrics AS m
            ON m.metric_id = p.metric_id
        WHERE m.experiment_id = @experiment_id
        GROUP BY p.analysis_mode, p.metric_id, p.dimension_id, p.dimension_value, m.metric_version, p.variation_id;

        INSERT INTO marts.agg_experiment_metric_ranks
        (
            experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, control_count,
            treatment_count, u_statistic, tie_sum, refreshed_at
        )
        SELECT
            @experiment_id AS experiment_id,
            f.analysis_mode,
            f.metric_id,
            f.metric_version,
            f.variation_id,
            f.weight_epoch,
            f.control_count,
            f.treatment_count,
            f.u_statistic,
            f.tie_sum,
            @now AS refreshed_at
        FROM #final AS f
        WHERE f.dimension_id = '';

        INSERT INTO marts.agg_experiment_metric_ranks_by_dimension
        (
            experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id,
            weight_epoch, control_count, treatment_count, u_statistic, tie_sum, refreshed_at
        )
        SELECT
            @experiment_id AS experiment_id,
            f.analysis_mode,
            f.metric_id,
            f.metric_version,
            f.dimension_id,
            f.dimension_value,
            f.variation_id,
            f.weight_epoch,
            f.control_count,
            f.treatment_count,
            f.u_statistic,
            f.tie_sum,
            @now AS refreshed_at
        FROM #final AS f
        WHERE f.dimension_id <> '';
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

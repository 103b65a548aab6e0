/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_risk_sets and _by_dimension. Grain: experiment x mode x
metric of time to event x treatment x weight epoch, the second one by dimension value too; both go one way, told apart
by dimension_id ('' of all units). A unit's time (marts.metric_times) runs from its anchor to its first event; without
one it is censored at the end of the window or of the experiment, at the data watermark at the latest. At each time with
an event, those are at risk whose time is not earlier: at a tie events come before censorings. With d events among n at
risk, of them n_t of the treatment: expected = sum d n_t/n, variance = sum n_c n_t d (n-d) / (n^2 (n-1)) (Mantel 1966).
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_risk_sets
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @watermark_at datetime2(6);
DECLARE @end_at datetime2(6);
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.agg_experiment_metric_risk_sets
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.agg_experiment_metric_risk_sets_by_dimension
    WHERE experiment_id = @experiment_id;
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;
    SELECT @end_at = x.end_at FROM catalog.experiments AS x WHERE x.experiment_id = @experiment_id;
    SET @end_at = CASE WHEN @end_at < @watermark_at THEN @end_at ELSE @watermark_at END;

    SELECT
        t.analysis_mode,
        t.metric_id,
        t.metric_version,
        CAST('' AS varchar(64)) AS dimension_id,
        CAST('' AS varchar(400)) AS dimension_value,
        t.variation_id,
        t.weight_epoch,
        t.duration,
        COUNT_BIG(*) AS unit_count,
        SUM(CAST(t.has_event AS bigint)) AS event_count
    INTO #durations
    FROM marts.metric_times(@experiment_id, @watermark_at, @end_at) AS t
    WHERE t.duration >= 0
    GROUP BY t.analysis_mode, t.metric_id, t.metric_version, t.variation_id, t.weight_epoch, t.duration;

    IF EXISTS (SELECT 1 FROM marts.experiment_unit_dimensions AS v WHERE v.experiment_id = @experiment_id)
        INSERT INTO #durations
        (
            analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id, weight_epoch,
            duration, unit_count, event_count
        )
        SELECT
            t.analysis_mode,
            t.metric_id,
            t.metric_version,
            v.dimension_id,
            v.dimension_value,
            t.variation_id,
            t.weight_epoch,
            t.duration,
            COUNT_BIG(*) AS unit_count,
            SUM(CAST(t.has_event AS bigint)) AS event_count
        FROM marts.metric_times(@experiment_id, @watermark_at, @end_at) AS t
        INNER JOIN marts.experiment_unit_dimensions AS v
            ON v.unit_number = t.unit_number
        WHERE v.experiment_id = @experiment_id AND t.duration >= 0
        GROUP BY t.analysis_mode, t.metric_id, t.metric_version, v.dimension_id, v.dimension_value, t.variation_id,
            t.weight_epoch, t.duration;

    WITH paired AS
    (
        SELECT
            d.analysis_mode,
            d.metric_id,
            d.metric_version,
            d.dimension_id,
            d.dimension_value,
            v.variation_id,
            d.weight_epoch,
            d.duration,
            SUM(CASE WHEN d.variation_id = v.variation_id THEN d.unit_count ELSE CAST(0 AS bigint) END) AS treated,
            SUM(CASE WHEN d.variation_id = v.variation_id THEN CAST(0 AS bigint) ELSE d.unit_count END) AS controls,
            SUM(CASE WHEN d.variation_id = v.variation_id THEN d.event_count ELSE CAST(0 AS bigint) END)
                AS treated_events,
            SUM(CASE WHEN d.variation_id = v.variation_id THEN CAST(0 AS bigint) ELSE d.event_count END)
                AS control_events
        FROM #durations AS d
        INNER JOIN catalog.experiment_variations AS k
            ON k.experiment_id = @experiment_id AND k.is_control = 1
        INNER JOIN catalog.experiment_variations AS v
            ON v.experiment_id = k.experiment_id AND v.is_control = 0
        WHERE d.variation_id IN (v.variation_id, k.variation_id)
        GROUP BY d.analysis_mode, d.metric_id, d.metric_version, d.dimension_id, d.dimension_value, v.variation_id,
            d.weight_epoch, d.duration
    ),
    at_risk AS
    (
        SELECT
            p.analysis_mode,
            p.metric_id,
            p.metric_version,
            p.dimension_id,
            p.dimension_value,
            p.variation_id,
            p.weight_epoch,
            p.treated,
            p.controls,
            p.treated_events,
            p.control_events,
            CAST(p.treated_events + p.control_events AS float) AS events,
            CAST
            (
                SUM(p.treated) OVER
                (
                    PARTITION BY p.analysis_mode, p.metric_id, p.dimension_id, p.dimension_value, p.variation_id,
                        p.weight_epoch
                    ORDER BY p.duration DESC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS float
            ) AS treated_at_risk,
            CAST
            (
                SUM(p.controls) OVER
                (
                    PARTITION BY p.analysis_mode, p.metric_id, p.dimension_id, p.dimension_value, p.variation_id,
                        p.weight_epoch
                    ORDER BY p.duration DESC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS float
            ) AS controls_at_risk
        FROM paired AS p
    )
    SELECT
        r.analysis_mode,
        r.metric_id,
        r.metric_version,
        r.dimension_id,
        r.dimension_value,
        r.variation_id,
        r.weight_epoch,
        SUM(r.controls) AS control_count,
        SUM(r.treated) AS treatment_count,
        SUM(r.control_events) AS control_event_count,
        SUM(r.treated_events) AS treatment_event_count,
        SUM(r.events * r.treated_at_risk / NULLIF(r.treated_at_risk + r.controls_at_risk, 0)) AS expected_event_count,
        COALESCE
        (
            SUM
            (
                r.controls_at_risk * r.treated_at_risk * r.events
                    * (r.treated_at_risk + r.controls_at_risk - r.events)
                    / NULLIF
                    (
                        (r.treated_at_risk + r.controls_at_risk) * (r.treated_at_risk + r.controls_at_risk)
                            * (r.treated_at_risk + r.controls_at_risk - 1e0), 0
                    )
            ), 0e0
        ) AS event_variance
    INTO #final
    FROM at_risk AS r
    GROUP BY r.analysis_mode, r.metric_id, r.metric_version, r.dimension_id, r.dimension_value, r.variation_id,
        r.weight_epoch;

    INSERT INTO marts.agg_experiment_metric_risk_sets
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, control_count,
        treatment_count, control_event_count, treatment_event_count, expected_event_count, event_variance,
        refreshed_at
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
        f.control_event_count,
        f.treatment_event_count,
        f.expected_event_count,
        f.event_variance,
        @now AS refreshed_at
    FROM #final AS f
    WHERE f.dimension_id = '';

    INSERT INTO marts.agg_experiment_metric_risk_sets_by_dimension
    (
        experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id,
        weight_epoch, control_count, treatment_count, control_event_count, treatment_event_count,
        expected_event_count, event_variance, refreshed_at
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
        f.control_event_count,
        f.treatment_event_count,
        f.expected_event_count,
        f.event_variance,
        @now AS refreshed_at
    FROM #final AS f
    WHERE f.dimension_id <> '';
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

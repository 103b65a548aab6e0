/*
Rebuilds one experiment's rows of marts.experiment_measures and marts.experiment_measure_units. A measure is a distinct
(event, window) of the experiment's metrics, in each analysis mode; metrics share them. One sparse row a measure and
unit that has events in the half-open window [anchor + start, anchor + end); a window without end runs to the
experiment's end. Units without events have no row: they are added where the aggregates are made.
*/
CREATE OR ALTER PROCEDURE marts.load_experiment_measures
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @start_at datetime2(6);
DECLARE @end_at datetime2(6);
DECLARE @message varchar(400);
SELECT
    @start_at = x.start_at,
    @end_at = COALESCE(x.end_at, CAST('9999-12-31' AS datetime2(6)))
FROM catalog.experiments AS x
WHERE x.experiment_id = @experiment_id;
IF @start_at IS NULL
BEGIN
    SET @message = CONCAT('Experiment ''', @experiment_id, ''' is not in catalog.experiments.');
    THROW 50020, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.experiment_measure_units
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.experiment_measures
    WHERE experiment_id = @experiment_id;

    WITH wanted AS
    (
        SELECT DISTINCT
            modes.analysis_mode,
            d.event_name,
            CAST(ROUND(d.window_start_hours * 3600e0, 0) AS int) AS window_start_seconds,
            CAST(ROUND(d.window_end_hours * 3600e0, 0) AS int) AS window_end_seconds
        FROM catalog.experiment_metrics AS m
        INNER JOIN catalog.metric_definitions AS d
            ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
        CROSS JOIN (VALUES ('itt'), ('exposed')) AS modes (analysis_mode)
        WHERE m.experiment_id = @experiment_id
    )
    INSERT INTO marts.experiment_measures
    (
        experiment_id, analysis_mode, measure_number, event_name, window_start_seconds, window_end_seconds
    )
    SELECT
        @experiment_id AS experiment_id,
        w.analysis_mode,
        CAST
        (
            ROW_NUMBER() OVER
            (
                PARTITION BY w.analysis_mode
                ORDER BY w.event_name, w.window_start_seconds, w.window_end_seconds
            ) AS int
        ) AS measure_number,
        w.event_name,
        w.window_start_seconds,
        w.window_end_seconds
    FROM wanted AS w;

    SELECT
        c.unit_id,
        'itt' AS analysis_mode,
        c.itt_anchor_at AS anchor_at
    INTO #anchors
    FROM marts.fct_experiment_cohort AS c
    WHERE c.experiment_id = @experiment_id AND c.is_itt = 1
    UNION ALL
    SELECT
        c.unit_id,
        'exposed' AS analysis_mode,
        c.exposed_anchor_at AS anchor_at
    FROM marts.fct_experiment_cohort AS c
    WHERE c.experiment_id = @experiment_id AND c.is_exposed = 1;

    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, analysis_mode, measure_number, unit_id, event_count, value_count, sum_value, min_value,
        max_value, first_at
    )
    SELECT
        @experiment_id AS experiment_id,
        m.analysis_mode,
        m.measure_number,
        e.unit_id,
        COUNT_BIG(*) AS event_count,
        COUNT_BIG(e.event_value) AS value_count,
        SUM(e.event_value) AS sum_value,
        MIN(e.event_value) AS min_value,
        MAX(e.event_value) AS max_value,
        MIN(e.event_at) AS first_at
    FROM marts.fct_metric_events AS e
    INNER JOIN marts.experiment_measures AS m
        ON m.event_name = e.event_name
    INNER JOIN #anchors AS a
        ON a.unit_id = e.unit_id AND a.analysis_mode = m.analysis_mode
    WHERE m.experiment_id = @experiment_id
        AND e.event_at >= DATEADD(second, m.window_start_seconds, a.anchor_at)
        AND e.event_at < COALESCE(DATEADD(second, m.window_end_seconds, a.anchor_at), @end_at)
    GROUP BY m.analysis_mode, m.measure_number, e.unit_id;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_by_variant. Grain: experiment x mode x metric x variation
x weight epoch. n_units counts the units with a value: under maturity 'complete' only those whose window had ended by
the data watermark. A unit without events has count and sum 0, and no min, max or average. Sums are centred at a
constant near the mean (center_value); the units without events add (0 - k)^p each.
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_by_variant
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @start_at datetime2(6);
DECLARE @end_at datetime2(6);
DECLARE @watermark_at datetime2(6);
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
    DELETE FROM marts.agg_experiment_metric_by_variant
    WHERE experiment_id = @experiment_id;
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

    SELECT
        ms.analysis_mode,
        ms.measure_number,
        d.metric_id,
        d.metric_version,
        d.metric_type,
        d.aggregation,
        COALESCE(d.threshold, 1e0) AS threshold,
        CASE WHEN d.aggregation IN ('count', 'sum') THEN 1 ELSE 0 END AS is_zero_filled,
        CASE WHEN d.maturity = 'complete' THEN COALESCE(ms.window_end_seconds, 0) ELSE 0 END AS mature_seconds
    INTO #metrics
    FROM catalog.experiment_metrics AS m
    INNER JOIN catalog.metric_definitions AS d
        ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
    INNER JOIN marts.experiment_measures AS ms
        ON ms.experiment_id = m.experiment_id
        AND ms.event_name = d.event_name
        AND ms.window_start_seconds = CAST(ROUND(d.window_start_hours * 3600e0, 0) AS int)
        AND COALESCE(ms.window_end_seconds, -1) = COALESCE(CAST(ROUND(d.window_end_hours * 3600e0, 0) AS int), -1)
    WHERE m.experiment_id = @experiment_id;

    SELECT
        c.unit_id,
        c.variation_id,
        c.weight_epoch,
        'itt' AS analysis_mode,
        c.itt_anchor_at AS anchor_at
    INTO #units
    FROM marts.fct_experiment_cohort AS c
    WHERE c.experiment_id = @experiment_id AND c.is_itt = 1
    UNION ALL
    SELECT
        c.unit_id,
        c.variation_id,
        c.weight_epoch,
        'exposed' AS analysis_mode,
        c.exposed_anchor_at AS anchor_at
    FROM marts.fct_experiment_cohort AS c
    WHERE c.experiment_id = @experiment_id AND c.is_exposed = 1;

    /* Units by variation, all of them (0 seconds) and those mature for each window length. */
    SELECT
        u.analysis_mode,
        u.variation_id,
        u.weight_epoch,
        w.mature_seconds,
        COUNT_BIG(*) AS unit_count
    INTO #eligible
    FROM #units AS u
    INNER JOIN
    (
        SELECT DISTINCT
            m.analysis_mode,
            m.mature_seconds
        FROM #metrics AS m
        UNION
        SELECT
            m.analysis_mode,
            0 AS mature_seconds
        FROM #metrics AS m
    ) AS w
        ON w.analysis_mode = u.analysis_mode
    WHERE DATEADD(second, w.mature_seconds, u.anchor_at) <= @watermark_at
    GROUP BY u.analysis_mode, u.variation_id, u.weight_epoch, w.mature_seconds;

    /* k: any constant will do, one near the mean keeps the sums small. */
    SELECT
        m.analysis_mode,
        m.metric_id,
        COALESCE
        (
            SUM(y.metric_value) / NULLIF
            (
                CASE
                    WHEN MAX(m.is_zero_filled) = 1 THEN CAST(MAX(t.unit_count) AS float)
                    ELSE CAST(COUNT_BIG(y.metric_value) AS float)
                END, 0
            ), 0
        ) AS center_value
    INTO #centers
    FROM #metrics AS m
    INNER JOIN
    (
        SELECT
            e.analysis_mode,
            SUM(e.unit_count) AS unit_count
        FROM #eligible AS e
        WHERE e.mature_seconds = 0
        GROUP BY e.analysis_mode
    ) AS t
        ON t.analysis_mode = m.analysis_mode
    INNER JOIN marts.experiment_measure_units AS s
        ON s.analysis_mode = m.analysis_mode AND s.measure_number = m.measure_number
    CROSS APPLY marts.metric_value
    (
        m.metric_type, m.aggregation, m.threshold, s.event_count, s.value_count, s.sum_value, s.min_value, s.max_value
    ) AS y
    WHERE s.experiment_id = @experiment_id
    GROUP BY m.analysis_mode, m.metric_id;

    SELECT
        m.analysis_mode,
        m.metric_id,
        u.variation_id,
        u.weight_epoch,
        COUNT_BIG(y.metric_value) AS row_count,
        SUM(y.metric_value) AS sum_value,
        SUM(y.metric_value - k.center_value) AS sum_centered,
        SUM((y.metric_value - k.center_value) * (y.metric_value - k.center_value)) AS sum_centered_sq,
        SUM
        (
            (y.metric_value - k.center_value) * (y.metric_value - k.center_value)
                * (y.metric_value - k.center_value)
        ) AS sum_centered_cube,
        MIN(y.metric_value) AS min_value,
        MAX(y.metric_value) AS max_value
    INTO #sums
    FROM #metrics AS m
    INNER JOIN marts.experiment_measure_units AS s
        ON s.analysis_mode = m.analysis_mode AND s.measure_number = m.measure_number
    INNER JOIN #units AS u
        ON u.unit_id = s.unit_id AND u.analysis_mode = s.analysis_mode
    INNER JOIN #centers AS k
        ON k.analysis_mode = m.analysis_mode AND k.metric_id = m.metric_id
    CROSS APPLY marts.metric_value
    (
        m.metric_type, m.aggregation, m.threshold, s.event_count, s.value_count, s.sum_value, s.min_value, s.max_value
    ) AS y
    WHERE s.experiment_id = @experiment_id
        AND DATEADD(second, m.mature_seconds, u.anchor_at) <= @watermark_at
    GROUP BY m.analysis_mode, m.metric_id, u.variation_id, u.weight_epoch;

    WITH combined AS
    (
        SELECT
            m.analysis_mode,
            m.metric_id,
            m.metric_version,
            m.metric_type,
            a.variation_id,
            a.weight_epoch,
            a.unit_count AS n_assigned,
            COALESCE(s.row_count, 0) AS row_count,
            CASE
                WHEN m.is_zero_filled = 1 THEN COALESCE(e.unit_count, 0) - COALESCE(s.row_count, 0)
                ELSE CAST(0 AS bigint)
            END AS zero_count,
            COALESCE(k.center_value, 0e0) AS center_value,
            COALESCE(s.sum_value, 0e0) AS sum_value,
            COALESCE(s.sum_centered, 0e0) AS sum_centered,
            COALESCE(s.sum_centered_sq, 0e0) AS sum_centered_sq,
            COALESCE(s.sum_centered_cube, 0e0) AS sum_centered_cube,
            s.min_value,
            s.max_value
        FROM #metrics AS m
        INNER JOIN #eligible AS a
            ON a.analysis_mode = m.analysis_mode AND a.mature_seconds = 0
        LEFT JOIN #eligible AS e
            ON e.analysis_mode = m.analysis_mode
            AND e.mature_seconds = m.mature_seconds
            AND e.variation_id = a.variation_id
            AND e.weight_epoch = a.weight_epoch
        LEFT JOIN #centers AS k
            ON k.analysis_mode = m.analysis_mode AND k.metric_id = m.metric_id
        LEFT JOIN #sums AS s
            ON s.analysis_mode = m.analysis_mode
            AND s.metric_id = m.metric_id
            AND s.variation_id = a.variation_id
            AND s.weight_epoch = a.weight_epoch
    )
    INSERT INTO marts.agg_experiment_metric_by_variant
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, n_assigned, n_units,
        success_count, center_value, sum_centered, sum_centered_sq, sum_centered_cube, min_value, max_value,
        refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        c.analysis_mode,
        c.metric_id,
        c.metric_version,
        c.variation_id,
        c.weight_epoch,
        c.n_assigned,
        c.row_count + c.zero_count AS n_units,
        CASE WHEN c.metric_type = 'proportion' THEN CAST(ROUND(c.sum_value, 0) AS bigint) END AS success_count,
        c.center_value,
        c.sum_centered - CAST(c.zero_count AS float) * c.center_value AS sum_centered,
        c.sum_centered_sq + CAST(c.zero_count AS float) * c.center_value * c.center_value AS sum_centered_sq,
        c.sum_centered_cube - CAST(c.zero_count AS float) * c.center_value * c.center_value * c.center_value
            AS sum_centered_cube,
        CASE WHEN c.zero_count > 0 AND COALESCE(c.min_value, 0e0) >= 0 THEN 0e0 ELSE c.min_value END AS min_value,
        CASE WHEN c.zero_count > 0 AND COALESCE(c.max_value, 0e0) <= 0 THEN 0e0 ELSE c.max_value END AS max_value,
        @now AS refreshed_at
    FROM combined AS c;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

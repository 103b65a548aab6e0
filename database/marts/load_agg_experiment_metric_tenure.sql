/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_tenure and marts.agg_experiment_metric_novelty, for
metrics of type mean and proportion that count or sum events, and of type retention, of experiments that randomise their
analysis units. A unit's value of a day of tenure is the number or sum of its events on that day; of a proportion, 1
where that reaches the threshold; of retention, 1 where it has events. A day counts for a unit when it lies inside the
metric's window and was over by the watermark.
Novelty (STATISTICS row 31): over K whole days from the start of the window, Z = sum (k - kbar) y_k / sum (k - kbar)^2,
the slope of the unit's values. K is the days of the window, 28 at most; without an end, the most whole weeks, up to
four, that half of the units have behind them. Below seven days there is no row.
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_tenure
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
    DELETE FROM marts.agg_experiment_metric_tenure
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.agg_experiment_metric_novelty
    WHERE experiment_id = @experiment_id;
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

    /* horizon_at: the days of a window without end are over by the watermark and the end of the experiment. */
    SELECT
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        p.measure_number,
        p.metric_type,
        p.aggregation,
        p.threshold,
        p.anchored_before,
        p.center_value,
        m.window_end_seconds,
        CAST(CEILING(CAST(m.window_start_seconds AS float) / 86400e0) AS int) AS first_day,
        CASE
            WHEN m.window_end_seconds IS NULL THEN 90
            WHEN m.window_end_seconds >= 7776000 THEN 90
            ELSE CAST(FLOOR(CAST(m.window_end_seconds AS float) / 86400e0) AS int)
        END AS end_day,
        CASE
            WHEN m.window_end_seconds IS NULL AND x.end_at < @watermark_at THEN x.end_at
            ELSE @watermark_at
        END AS horizon_at
    INTO #metrics
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_measures AS m
        ON m.experiment_id = p.experiment_id
        AND m.analysis_mode = p.analysis_mode
        AND m.measure_number = p.measure_number
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = p.experiment_id
    WHERE p.experiment_id = @experiment_id
        AND m.experiment_id = @experiment_id
        AND p.part_name = 'y'
        AND x.cluster_attribute IS NULL
        AND
        (
            p.metric_type = 'retention'
            OR (p.metric_type IN ('mean', 'proportion') AND p.aggregation IN ('count', 'value_count', 'sum'))
        );

    /* Units by the whole days that they have behind them. */
    SELECT
        m.analysis_mode,
        m.metric_id,
        u.variation_id,
        u.weight_epoch,
        CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, u.anchor_at, m.horizon_at) AS float) / 86400000000e0) AS int)
            AS day_count,
        COUNT_BIG(*) AS unit_count
    INTO #units
    FROM #metrics AS m
    INNER JOIN marts.experiment_units AS u
        ON u.analysis_mode = m.analysis_mode
    WHERE u.experiment_id = @experiment_id AND u.anchor_at < m.anchored_before AND u.anchor_at <= m.horizon_at
    GROUP BY m.analysis_mode, m.metric_id, u.variation_id, u.weight_epoch,
        CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, u.anchor_at, m.horizon_at) AS float) / 86400000000e0) AS int);

    SELECT
        s.analysis_mode,
        s.metric_id,
        s.slope_days,
        CAST(s.slope_days - 1 AS float) / 2e0 AS middle_day,
        CAST(s.slope_days AS float) * (CAST(s.slope_days AS float) * CAST(s.slope_days AS float) - 1e0) / 12e0
            AS day_squares
    INTO #slopes
    FROM
    (
        SELECT
            m.analysis_mode,
            m.metric_id,
            CASE
                WHEN m.window_end_seconds IS NOT NULL AND m.end_day - m.first_day > 28 THEN 28
                WHEN m.window_end_seconds IS NOT NULL THEN m.end_day - m.first_day
                WHEN 2 * SUM(CASE WHEN u.day_count >= m.first_day + 28 THEN u.unit_count ELSE CAST(0 AS bigint) END)
                    >= SUM(u.unit_count) THEN 28
                WHEN 2 * SUM(CASE WHEN u.day_count >= m.first_day + 21 THEN u.unit_count ELSE CAST(0 AS bigint) END)
                    >= SUM(u.unit_count) THEN 21
                WHEN 2 * SUM(CASE WHEN u.day_count >= m.first_day + 14 THEN u.unit_count ELSE CAST(0 AS bigint) END)
                    >= SUM(u.unit_count) THEN 14
                ELSE 7
            END AS slope_days
        FROM #metrics AS m
        INNER JOIN #units AS u
            ON u.analysis_mode = m.analysis_mode AND u.metric_id = m.metric_id
        GROUP BY m.analysis_mode, m.metric_id, m.window_end_seconds, m.first_day, m.end_day
    ) AS s
    WHERE s.slope_days >= 7;

    /* One sparse row a measure, unit and day of tenure with events. */
    SELECT
        e.analysis_mode,
        e.measure_number,
        e.unit_id,
        CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS int)
            AS tenure_day,
        MAX(e.variation_id) AS variation_id,
        MAX(e.weight_epoch) AS weight_epoch,
        MAX(e.anchor_at) AS anchor_at,
        CAST(COUNT_BIG(*) AS float) AS event_count,
        CAST(COUNT_BIG(e.event_value) AS float) AS value_count,
        COALESCE(SUM(e.event_value), 0e0) AS sum_value
    INTO #days
    FROM marts.measure_events(@experiment_id, 0) AS e
    INNER JOIN
    (
        SELECT DISTINCT
            m.analysis_mode,
            m.measure_number
        FROM #metrics AS m
    ) AS w
        ON w.analysis_mode = e.analysis_mode AND w.measure_number = e.measure_number
    WHERE e.event_at >= e.anchor_at
    GROUP BY e.analysis_mode, e.measure_number, e.unit_id,
        CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS int);

    WITH numbers AS
    (
        SELECT a.digit + 10 * b.digit AS tenure_day
        FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8)) AS b (digit)
    ),
    grid AS
    (
        SELECT
            m.analysis_mode,
            m.metric_id,
            m.metric_version,
            u.variation_id,
            u.weight_epoch,
            n.tenure_day,
            m.center_value / NULLIF(CAST(m.end_day - m.first_day AS float), 0) AS center_value,
            SUM(u.unit_count) AS unit_count
        FROM #metrics AS m
        INNER JOIN numbers AS n
            ON n.tenure_day >= m.first_day AND n.tenure_day < m.end_day
        INNER JOIN #units AS u
            ON u.analysis_mode = m.analysis_mode AND u.metric_id = m.metric_id AND u.day_count > n.tenure_day
        GROUP BY m.analysis_mode, m.metric_id, m.metric_version, u.variation_id, u.weight_epoch, n.tenure_day,
            m.center_value / NULLIF(CAST(m.end_day - m.first_day AS float), 0)
    ),
    active AS
    (
        SELECT
            m.analysis_mode,
            m.metric_id,
            d.variation_id,
            d.weight_epoch,
            d.tenure_day,
            COUNT_BIG(*) AS active_count,
            SUM(v.day_value - c.center_value) AS sum_centered,
            SUM((v.day_value - c.center_value) * (v.day_value - c.center_value)) AS sum_centered_sq
        FROM #metrics AS m
        INNER JOIN #days AS d
            ON d.analysis_mode = m.analysis_mode AND d.measure_number = m.measure_number
        CROSS APPLY marts.day_value
            (m.metric_type, m.aggregation, m.threshold, d.event_count, d.value_count, d.sum_value) AS v
        CROSS APPLY
        (
            SELECT m.center_value / NULLIF(CAST(m.end_day - m.first_day AS float), 0) AS center_value
        ) AS c
        WHERE d.tenure_day >= m.first_day
            AND d.tenure_day < m.end_day
            AND d.anchor_at < m.anchored_before
            AND DATEADD(day, d.tenure_day + 1, d.anchor_at) <= m.horizon_at
        GROUP BY m.analysis_mode, m.metric_id, d.variation_id, d.weight_epoch, d.tenure_day
    )
    INSERT INTO marts.agg_experiment_metric_tenure
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, tenure_day, unit_count,
        active_count, center_value, sum_centered, sum_centered_sq, refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        g.analysis_mode,
        g.metric_id,
        g.metric_version,
        g.variation_id,
        g.weight_epoch,
        g.tenure_day,
        g.unit_count,
        COALESCE(a.active_count, 0) AS active_count,
        g.center_value,
        COALESCE(a.sum_centered, 0e0) - z.zeros * g.center_value AS sum_centered,
        COALESCE(a.sum_centered_sq, 0e0) + z.zeros * g.center_value * g.center_value AS sum_centered_sq,
        @now AS refreshed_at
    FROM grid AS g
    LEFT JOIN active AS a
        ON a.analysis_mode = g.analysis_mode
        AND a.metric_id = g.metric_id
        AND a.variation_id = g.variation_id
        AND a.weight_epoch = g.weight_epoch
        AND a.tenure_day = g.tenure_day
    CROSS APPLY (SELECT CAST(g.unit_count - COALESCE(a.active_count, 0) AS float) AS zeros) AS z;

    WITH slopes AS
    (
        SELECT
            m.analysis_mode,
            m.metric_id,
            d.unit_id,
            MAX(d.variation_id) AS variation_id,
            MAX(d.weight_epoch) AS weight_epoch,
            SUM((CAST(d.tenure_day - m.first_day AS float) - s.middle_day)
                * v.day_value / NULLIF(s.day_squares, 0)) AS z
        FROM #metrics AS m
        INNER JOIN #slopes AS s
            ON s.analysis_mode = m.analysis_mode AND s.metric_id = m.metric_id
        INNER JOIN #days AS d
            ON d.analysis_mode = m.analysis_mode AND d.measure_number = m.measure_number
        CROSS APPLY marts.day_value
            (m.metric_type, m.aggregation, m.threshold, d.event_count, d.value_count, d.sum_value) AS v
        WHERE d.tenure_day >= m.first_day
            AND d.tenure_day < m.first_day + s.slope_days
            AND d.anchor_at < m.anchored_before
            AND DATEADD(day, m.first_day + s.slope_days, d.anchor_at) <= m.horizon_at
        GROUP BY m.analysis_mode, m.metric_id, d.unit_id
    ),
    sums AS
    (
        SELECT
            z.analysis_mode,
            z.metric_id,
            z.variation_id,
            z.weight_epoch,
            SUM(z.z) AS sum_z,
            SUM(z.z * z.z) AS sum_zz
        FROM slopes AS z
        GROUP BY z.analysis_mode, z.metric_id, z.variation_id, z.weight_epoch
    )
    INSERT INTO marts.agg_experiment_metric_novelty
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, day_count, n_units, sum_z,
        sum_zz, refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        g.analysis_mode,
        g.metric_id,
        g.metric_version,
        g.variation_id,
        g.weight_epoch,
        g.slope_days AS day_count,
        g.unit_count AS n_units,
        COALESCE(s.sum_z, 0e0) AS sum_z,
        COALESCE(s.sum_zz, 0e0) AS sum_zz,
        @now AS refreshed_at
    FROM
    (
        SELECT
            m.analysis_mode,
            m.metric_id,
            m.metric_version,
            u.variation_id,
            u.weight_epoch,
            p.slope_days,
            SUM(u.unit_count) AS unit_count
        FROM #metrics AS m
        INNER JOIN #slopes AS p
            ON p.analysis_mode = m.analysis_mode AND p.metric_id = m.metric_id
        INNER JOIN #units AS u
            ON u.analysis_mode = m.analysis_mode AND u.metric_id = m.metric_id
        WHERE u.day_count >= m.first_day + p.slope_days
        GROUP BY m.analysis_mode, m.metric_id, m.metric_version, u.variation_id, u.weight_epoch, p.slope_days
    ) AS g
    LEFT JOIN sums AS s
        ON s.analysis_mode = g.analysis_mode
        AND s.metric_id = g.metric_id
        AND s.variation_id = g.variation_id
        AND s.weight_epoch = g.weight_epoch;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Adds one experiment's rows of marts.agg_experiment_metric_tenure of the metrics that do not sum events
(marts.tenure_windows, is_sum = 0): ratios, and means and proportions of the smallest or largest value, the average, the
time of the first event, or the distinct values or days. A unit's value of a day of tenure is the aggregate of its
events on that day alone, of a ratio those of numerator and denominator. A day without events counts 0 where the
aggregate counts or sums, and is in no sum where it is a minimum, maximum, average or time.
marts.load_agg_experiment_metric_tenure comes before it.
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_tenure_values
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @watermark_at datetime2(6);
SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

/* What counts 0 on a day without events is a day's share of the whole: so is the constant of its sums. */
SELECT
    ROW_NUMBER() OVER (ORDER BY w.analysis_mode, w.metric_id) AS metric_number,
    w.analysis_mode,
    w.metric_id,
    w.metric_version,
    w.anchored_before,
    w.horizon_at,
    w.first_day,
    w.end_day,
    k.is_zero_filled,
    COALESCE
    (
        CASE WHEN k.is_zero_filled = 1 THEN k.center_y / NULLIF(CAST(w.end_day - w.first_day AS float), 0) END,
        k.center_y
    ) AS center_y,
    COALESCE(k.center_d / NULLIF(CAST(w.end_day - w.first_day AS float), 0), k.center_d) AS center_d
INTO #metrics
FROM marts.tenure_windows(@experiment_id, @watermark_at) AS w
INNER JOIN marts.metric_constants AS k
    ON k.analysis_mode = w.analysis_mode AND k.metric_id = w.metric_id AND k.metric_version = w.metric_version
WHERE w.is_sum = 0 AND k.experiment_id = @experiment_id;

IF EXISTS (SELECT 1 FROM #metrics AS m)
BEGIN
    SELECT
        m.metric_number,
        p.part_name,
        p.measure_number,
        p.aggregation,
        p.threshold
    INTO #parts
    FROM #metrics AS m
    INNER JOIN marts.experiment_metric_parts AS p
        ON p.analysis_mode = m.analysis_mode AND p.metric_id = m.metric_id AND p.metric_version = m.metric_version
    WHERE p.experiment_id = @experiment_id AND p.part_name IN ('y', 'd');

    /* One sparse row a measure, unit and day of tenure with events; distinct values only where they are asked for. */
    SELECT
        e.measure_number,
        e.unit_number,
        CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS int)
            AS tenure_day,
        MAX(e.arm_number) AS arm_number,
        MAX(e.anchor_at) AS anchor_at,
        COUNT_BIG(*) AS event_count,
        COUNT_BIG(e.event_value) AS value_count,
        CAST(0 AS bigint) AS distinct_value_count,
        SUM(e.event_value) AS sum_value,
        MIN(e.event_value) AS min_value,
        MAX(e.event_value) AS max_value,
        MIN(e.event_at) AS first_at
    INTO #days
    FROM marts.measure_events(@experiment_id, 0) AS e
    INNER JOIN marts.experiment_measures AS g
        ON g.measure_number = e.measure_number
    WHERE g.experiment_id = @experiment_id
        AND g.has_distinct_values = 0
        AND g.measure_number IN (SELECT q.measure_number FROM #parts AS q)
        AND e.event_at >= e.anchor_at
    GROUP BY e.measure_number, e.unit_number,
        CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS int);

    IF EXISTS
    (
        SELECT 1
        FROM marts.experiment_measures AS g
        INNER JOIN #parts AS q
            ON q.measure_number = g.measure_number
        WHERE g.experiment_id = @experiment_id AND g.has_distinct_values = 1
    )
        INSERT INTO #days
        (
            measure_number, unit_number, tenure_day, arm_number, anchor_at, event_count, value_count,
            distinct_value_count, sum_value, min_value, max_value, first_at
        )
        SELECT
            e.measure_number,
            e.unit_number,
            CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS int)
                AS tenure_day,
            MAX(e.arm_number) AS arm_number,
            MAX(e.anchor_at) AS anchor_at,
            COUNT_BIG(*) AS event_count,
            COUNT_BIG(e.event_value) AS value_count,
            CASE
                WHEN g.distinct_attribute IS NULL THEN COUNT_BIG(DISTINCT e.event_value)
                ELSE COUNT_BIG(DISTINCT v.attribute_value)
            END AS distinct_value_count,
            SUM(e.event_value) AS sum_value,
            MIN(e.event_value) AS min_value,
            MAX(e.event_value) AS max_value,
            MIN(e.event_at) AS first_at
        FROM marts.measure_events(@experiment_id, 0) AS e
        INNER JOIN marts.experiment_measures AS g
            ON g.measure_number = e.measure_number
        LEFT JOIN marts.event_attributes AS v
            ON v.event_name = e.event_name
            AND v.attribute = g.distinct_attribute
            AND v.load_id = e.load_id
            AND v.line_number = e.line_number
        WHERE g.experiment_id = @experiment_id
            AND g.has_distinct_values = 1
            AND g.measure_number IN (SELECT q.measure_number FROM #parts AS q)
            AND e.event_at >= e.anchor_at
        GROUP BY e.measure_number, e.unit_number, g.distinct_attribute,
            CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS int);

    SELECT
        u.metric_number,
        u.arm_number,
        u.tenure_day,
        COUNT_BIG(*) AS active_count,
        COUNT_BIG(u.y) AS value_count,
        SUM(u.y - m.center_y) AS sum_centered,
        SUM((u.y - m.center_y) * (u.y - m.center_y)) AS sum_centered_sq,
        SUM(CASE WHEN u.y IS NOT NULL THEN u.d - m.center_d END) AS sum_d,
        SUM(CASE WHEN u.y IS NOT NULL THEN (u.d - m.center_d) * (u.d - m.center_d) END) AS sum_dd,
        SUM((u.y - m.center_y) * (u.d - m.center_d)) AS sum_yd
    INTO #active
    FROM
    (
        SELECT
            m.metric_number,
            d.unit_number,
            d.tenure_day,
            MAX(d.arm_number) AS arm_number,
            CASE
                WHEN m.is_zero_filled = 1 THEN COALESCE(MAX(CASE WHEN q.part_name = 'y' THEN v.metric_value END), 0e0)
                ELSE MAX(CASE WHEN q.part_name = 'y' THEN v.metric_value END)
            END AS y,
            CASE
                WHEN m.center_d IS NOT NULL
                    THEN COALESCE(MAX(CASE WHEN q.part_name = 'd' THEN v.metric_value END), 0e0)
            END AS d
        FROM #metrics AS m
        INNER JOIN #parts AS q
            ON q.metric_number = m.metric_number
        INNER JOIN #days AS d
            ON d.measure_number = q.measure_number
        CROSS APPLY marts.unit_aggregate
        (
            q.aggregation, d.event_count, d.value_count, d.distinct_value_count, 1, d.sum_value, d.min_value,
            d.max_value, d.anchor_at, d.first_at
        ) AS a
        CROSS APPLY marts.metric_value(a.aggregate_value, q.threshold, NULL, NULL) AS v
        WHERE d.tenure_day >= m.first_day
            AND d.tenure_day < m.end_day
            AND d.anchor_at < m.anchored_before
            AND DATEADD(day, d.tenure_day + 1, d.anchor_at) <= m.horizon_at
        GROUP BY m.metric_number, d.unit_number, d.tenure_day, m.is_zero_filled, m.center_d
    ) AS u
    INNER JOIN #metrics AS m
        ON m.metric_number = u.metric_number
    GROUP BY u.metric_number, u.arm_number, u.tenure_day;

    /* Units by the whole days that they have behind them. */
    SELECT
        m.metric_number,
        u.arm_number,
        CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, u.anchor_at, m.horizon_at) AS float) / 86400000000e0) AS int)
            AS day_count,
        COUNT_BIG(*) AS unit_count
    INTO #units
    FROM marts.experiment_units AS u
    INNER JOIN #metrics AS m
        ON m.analysis_mode = u.analysis_mode
    WHERE u.experiment_id = @experiment_id AND u.anchor_at < m.anchored_before AND u.anchor_at <= m.horizon_at
    GROUP BY m.metric_number, u.arm_number,
        CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, u.anchor_at, m.horizon_at) AS float) / 86400000000e0) AS int);
END;

/* Only what changes the marts is in the transaction: what it is made from is ready. */
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE t
    FROM marts.agg_experiment_metric_tenure AS t
    INNER JOIN #metrics AS m
        ON m.analysis_mode = t.analysis_mode AND m.metric_id = t.metric_id AND m.metric_version = t.metric_version
    WHERE t.experiment_id = @experiment_id;

    IF EXISTS (SELECT 1 FROM #metrics AS m)
    BEGIN
        WITH grid AS
        (
            SELECT
                m.metric_number,
                u.arm_number,
                n.tenure_day,
                SUM(u.unit_count) AS unit_count
            FROM #metrics AS m
            INNER JOIN marts.tenure_day_numbers AS n
                ON n.tenure_day >= m.first_day AND n.tenure_day < m.end_day
            INNER JOIN #units AS u
                ON u.metric_number = m.metric_number AND u.day_count > n.tenure_day
            GROUP BY m.metric_number, u.arm_number, n.tenure_day
        )
        INSERT INTO marts.agg_experiment_metric_tenure
        (
            experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, tenure_day, unit_count,
            active_count, n_units, center_value, sum_centered, sum_centered_sq, center_d, sum_d, sum_dd, sum_yd,
            refreshed_at
        )
        SELECT
            @experiment_id AS experiment_id,
            m.analysis_mode,
            m.metric_id,
            m.metric_version,
            a.variation_id,
            a.weight_epoch,
            g.tenure_day,
            g.unit_count,
            COALESCE(s.active_count, 0) AS active_count,
            CASE WHEN m.is_zero_filled = 1 THEN g.unit_count ELSE COALESCE(s.value_count, 0) END AS n_units,
            m.center_y AS center_value,
            COALESCE(s.sum_centered, 0e0) - z.zeros * m.center_y AS sum_centered,
            COALESCE(s.sum_centered_sq, 0e0) + z.zeros * m.center_y * m.center_y AS sum_centered_sq,
            m.center_d,
            CASE WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_d, 0e0) - z.zeros * m.center_d END AS sum_d,
            CASE
                WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_dd, 0e0) + z.zeros * m.center_d * m.center_d
            END AS sum_dd,
            CASE
                WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_yd, 0e0) + z.zeros * m.center_y * m.center_d
            END AS sum_yd,
            @now AS refreshed_at
        FROM grid AS g
        INNER JOIN #metrics AS m
            ON m.metric_number = g.metric_number
        INNER JOIN marts.experiment_arms AS a
            ON a.arm_number = g.arm_number
        LEFT JOIN #active AS s
            ON s.metric_number = g.metric_number AND s.arm_number = g.arm_number AND s.tenure_day = g.tenure_day
        CROSS APPLY
        (
            SELECT
                CASE
                    WHEN m.is_zero_filled = 1 THEN CAST(g.unit_count - COALESCE(s.active_count, 0) AS float)
                    ELSE 0e0
                END AS zeros
        ) AS z
        WHERE a.experiment_id = @experiment_id;
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

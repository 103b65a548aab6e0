/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_tenure and marts.agg_experiment_metric_novelty, for
metrics that count or sum events (marts.tenure_windows, is_sum = 1); marts.load_agg_experiment_metric_tenure_values adds
those of the others. A unit's value of a day of tenure is the number or sum of its events on that day; of a proportion,
1 where that reaches the threshold; of retention, 1 where it has events. A day counts for a unit when it lies inside the
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
SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

SELECT
    ROW_NUMBER() OVER (ORDER BY p.analysis_mode, p.metric_id) AS series_number,
    p.analysis_mode,
    p.metric_id,
    p.metric_version,
    p.measure_number,
    CASE WHEN p.metric_type = 'mean' THEN p.aggregation ELSE 'reached' END AS value_kind,
    CASE
        WHEN p.metric_type = 'proportion' AND (p.aggregation <> 'count' OR p.threshold > 1) THEN p.aggregation
        ELSE 'count'
    END AS reached_aggregation,
    CASE
        WHEN p.metric_type = 'proportion' AND (p.aggregation <> 'count' OR p.threshold > 1) THEN p.threshold
        ELSE 1e0
    END AS reached_threshold,
    w.anchored_before,
    p.center_value,
    w.window_end_seconds,
    w.first_day,
    w.end_day,
    w.horizon_at
INTO #metrics
FROM marts.tenure_windows(@experiment_id, @watermark_at) AS w
INNER JOIN marts.experiment_metric_parts AS p
    ON p.analysis_mode = w.analysis_mode AND p.metric_id = w.metric_id AND p.metric_version = w.metric_version
WHERE w.is_sum = 1 AND p.experiment_id = @experiment_id AND p.part_name = 'y';

/* Metrics that read the same days form a group: one pass gives numbers, values, sums and reached thresholds. */
SELECT
    g.group_number,
    g.analysis_mode,
    g.measure_number,
    g.reached_aggregation,
    g.reached_threshold,
    CASE WHEN g.reached_aggregation = 'count' THEN 1e0 ELSE 0e0 END AS count_weight,
    CASE WHEN g.reached_aggregation = 'value_count' THEN 1e0 ELSE 0e0 END AS value_count_weight,
    CASE WHEN g.reached_aggregation = 'sum' THEN 1e0 ELSE 0e0 END AS sum_weight,
    g.anchored_before,
    g.horizon_at,
    g.window_end_seconds,
    g.first_day,
    g.end_day,
    COALESCE(g.center_count / NULLIF(CAST(g.end_day - g.first_day AS float), 0), 0e0) AS center_count,
    COALESCE(g.center_value_count / NULLIF(CAST(g.end_day - g.first_day AS float), 0), 0e0) AS center_value_count,
    COALESCE(g.center_sum / NULLIF(CAST(g.end_day - g.first_day AS float), 0), 0e0) AS center_sum
INTO #groups
FROM
(
    SELECT
        MIN(m.series_number) AS group_number,
        m.analysis_mode,
        m.measure_number,
        m.reached_aggregation,
        m.reached_threshold,
        m.anchored_before,
        m.horizon_at,
        m.window_end_seconds,
        m.first_day,
        m.end_day,
        MAX(CASE WHEN m.value_kind = 'count' THEN m.center_value END) AS center_count,
        MAX(CASE WHEN m.value_kind = 'value_count' THEN m.center_value END) AS center_value_count,
        MAX(CASE WHEN m.value_kind = 'sum' THEN m.center_value END) AS center_sum
    FROM #metrics AS m
    GROUP BY m.analysis_mode, m.measure_number, m.reached_aggregation, m.reached_threshold, m.anchored_before,
        m.horizon_at, m.window_end_seconds, m.first_day, m.end_day
) AS g;

SELECT
    m.series_number,
    g.group_number,
    m.analysis_mode,
    m.metric_id,
    m.metric_version,
    m.value_kind
INTO #series
FROM #metrics AS m
INNER JOIN #groups AS g
    ON g.analysis_mode = m.analysis_mode
    AND g.measure_number = m.measure_number
    AND g.reached_aggregation = m.reached_aggregation
    AND g.reached_threshold = m.reached_threshold
    AND g.anchored_before = m.anchored_before;

/* Units by the whole days that they have behind them; groups of the same dates share the count. */
SELECT
    w.analysis_mode,
    w.anchored_before,
    w.horizon_at,
    u.arm_number,
    CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, u.anchor_at, w.horizon_at) AS float) / 86400000000e0) AS int)
        AS day_count,
    COUNT_BIG(*) AS unit_count
INTO #counts
FROM marts.experiment_units AS u
INNER JOIN
(
    SELECT DISTINCT
        g.analysis_mode,
        g.anchored_before,
        g.horizon_at
    FROM #groups AS g
) AS w
    ON w.analysis_mode = u.analysis_mode
WHERE u.experiment_id = @experiment_id AND u.anchor_at < w.anchored_before AND u.anchor_at <= w.horizon_at
GROUP BY w.analysis_mode, w.anchored_before, w.horizon_at, u.arm_number,
    CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, u.anchor_at, w.horizon_at) AS float) / 86400000000e0) AS int);

SELECT
    g.group_number,
    c.arm_number,
    c.day_count,
    c.unit_count
INTO #units
FROM #groups AS g
INNER JOIN #counts AS c
    ON c.analysis_mode = g.analysis_mode
    AND c.anchored_before = g.anchored_before
    AND c.horizon_at = g.horizon_at;

/* anchored_until: whoever came by then has all days of the slope behind them. */
SELECT
    s.group_number,
    s.slope_days,
    DATEADD(day, 0 - s.first_day - s.slope_days, s.horizon_at) AS anchored_until,
    CAST(s.slope_days - 1 AS float) / 2e0 AS middle_day,
    CAST(s.slope_days AS float) * (CAST(s.slope_days AS float) * CAST(s.slope_days AS float) - 1e0) / 12e0
        AS day_squares
INTO #slopes
FROM
(
    SELECT
        g.group_number,
        g.first_day,
        g.horizon_at,
        CASE
            WHEN g.window_end_seconds IS NOT NULL AND g.end_day - g.first_day > 28 THEN 28
            WHEN g.window_end_seconds IS NOT NULL THEN g.end_day - g.first_day
            WHEN 2 * SUM(CASE WHEN u.day_count >= g.first_day + 28 THEN u.unit_count ELSE CAST(0 AS bigint) END)
                >= SUM(u.unit_count) THEN 28
            WHEN 2 * SUM(CASE WHEN u.day_count >= g.first_day + 21 THEN u.unit_count ELSE CAST(0 AS bigint) END)
                >= SUM(u.unit_count) THEN 21
            WHEN 2 * SUM(CASE WHEN u.day_count >= g.first_day + 14 THEN u.unit_count ELSE CAST(0 AS bigint) END)
                >= SUM(u.unit_count) THEN 14
            ELSE 7
        END AS slope_days
    FROM #groups AS g
    INNER JOIN #units AS u
        ON u.group_number = g.group_number
    GROUP BY g.group_number, g.window_end_seconds, g.first_day, g.end_day, g.horizon_at
) AS s
WHERE s.slope_days >= 7;

/* One sparse row a measure, unit and day of tenure with events. */
SELECT
    e.measure_number,
    e.unit_number,
    CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS int)
        AS tenure_day,
    MAX(e.arm_number) AS arm_number,
    MAX(e.anchor_at) AS anchor_at,
    CAST(COUNT_BIG(*) AS float) AS event_count,
    CAST(COUNT_BIG(e.event_value) AS float) AS value_count,
    COALESCE(SUM(e.event_value), 0e0) AS sum_value
INTO #days
FROM marts.measure_events(@experiment_id, 0) AS e
WHERE e.has_tenure_days = 1 AND e.event_at >= e.anchor_at
GROUP BY e.measure_number, e.unit_number,
    CAST(FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS int);

/* Only what changes the marts is in the transaction: what it is made from is ready. */
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.agg_experiment_metric_tenure
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.agg_experiment_metric_novelty
    WHERE experiment_id = @experiment_id;

    WITH grid AS
    (
        SELECT
            g.group_number,
            u.arm_number,
            n.tenure_day,
            g.center_count,
            g.center_value_count,
            g.center_sum,
            SUM(u.unit_count) AS unit_count
        FROM #groups AS g
        INNER JOIN marts.tenure_day_numbers AS n
            ON n.tenure_day >= g.first_day AND n.tenure_day < g.end_day
        INNER JOIN #units AS u
            ON u.group_number = g.group_number AND u.day_count > n.tenure_day
        GROUP BY g.group_number, u.arm_number, n.tenure_day, g.center_count, g.center_value_count, g.center_sum
    ),
    active AS
    (
        SELECT
            g.group_number,
            d.arm_number,
            d.tenure_day,
            COUNT_BIG(*) AS active_count,
            SUM(d.event_count - g.center_count) AS count_centered,
            SUM((d.event_count - g.center_count) * (d.event_count - g.center_count)) AS count_centered_sq,
            SUM(d.value_count - g.center_value_count) AS value_count_centered,
            SUM((d.value_count - g.center_value_count) * (d.value_count - g.center_value_count))
                AS value_count_centered_sq,
            SUM(d.sum_value - g.center_sum) AS sum_centered,
            SUM((d.sum_value - g.center_sum) * (d.sum_value - g.center_sum)) AS sum_centered_sq,
            SUM
            (
                CASE
                    WHEN g.count_weight * d.event_count + g.value_count_weight * d.value_count
                        + g.sum_weight * d.sum_value >= g.reached_threshold
                        THEN 1e0
                    ELSE 0e0
                END
            ) AS reached_count
        FROM #days AS d
        INNER JOIN #groups AS g
            ON g.measure_number = d.measure_number
        WHERE d.tenure_day >= g.first_day
            AND d.tenure_day < g.end_day
            AND d.anchor_at < g.anchored_before
            AND DATEADD(day, d.tenure_day + 1, d.anchor_at) <= g.horizon_at
        GROUP BY g.group_number, d.arm_number, d.tenure_day
    ),
    cells AS
    (
        SELECT
            g.group_number,
            g.arm_number,
            g.tenure_day,
            g.unit_count,
            COALESCE(a.active_count, 0) AS active_count,
            v.value_kind,
            v.center_value,
            COALESCE(v.sum_centered, 0e0) - z.zeros * v.center_value AS sum_centered,
            COALESCE(v.sum_centered_sq, 0e0) + z.zeros * v.center_value * v.center_value AS sum_centered_sq
        FROM grid AS g
        LEFT JOIN active AS a
            ON a.group_number = g.group_number
            AND a.arm_number = g.arm_number
            AND a.tenure_day = g.tenure_day
        CROSS APPLY (SELECT CAST(g.unit_count - COALESCE(a.active_count, 0) AS float) AS zeros) AS z
        CROSS APPLY
        (
            VALUES
                ('count', g.center_count, a.count_centered, a.count_centered_sq),
                ('value_count', g.center_value_count, a.value_count_centered, a.value_count_centered_sq),
                ('sum', g.center_sum, a.sum_centered, a.sum_centered_sq),
                ('reached', 0e0, a.reached_count, a.reached_count)
        ) AS v (value_kind, center_value, sum_centered, sum_centered_sq)
    )
    INSERT INTO marts.agg_experiment_metric_tenure
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, tenure_day, unit_count,
        active_count, n_units, center_value, sum_centered, sum_centered_sq, refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        s.analysis_mode,
        s.metric_id,
        s.metric_version,
        a.variation_id,
        a.weight_epoch,
        c.tenure_day,
        c.unit_count,
        c.active_count,
        c.unit_count AS n_units,
        c.center_value,
        c.sum_centered,
        c.sum_centered_sq,
        @now AS refreshed_at
    FROM cells AS c
    INNER JOIN #series AS s
        ON s.group_number = c.group_number AND s.value_kind = c.value_kind
    INNER JOIN marts.experiment_arms AS a
        ON a.arm_number = c.arm_number
    WHERE a.experiment_id = @experiment_id;

    WITH slopes AS
    (
        SELECT
            g.group_number,
            d.unit_number,
            MAX(d.arm_number) AS arm_number,
            SUM(k.day_weight * d.event_count) AS z_count,
            SUM(k.day_weight * d.value_count) AS z_value_count,
            SUM(k.day_weight * d.sum_value) AS z_sum,
            SUM
            (
                CASE
                    WHEN g.count_weight * d.event_count + g.value_count_weight * d.value_count
                        + g.sum_weight * d.sum_value >= g.reached_threshold
                        THEN k.day_weight
                    ELSE 0e0
                END
            ) AS z_reached
        FROM #days AS d
        INNER JOIN #groups AS g
            ON g.measure_number = d.measure_number
        INNER JOIN #slopes AS s
            ON s.group_number = g.group_number
        CROSS APPLY
        (
            SELECT (CAST(d.tenure_day - g.first_day AS float) - s.middle_day) / NULLIF(s.day_squares, 0) AS day_weight
        ) AS k
        WHERE d.tenure_day >= g.first_day
            AND d.tenure_day < g.first_day + s.slope_days
            AND d.anchor_at < g.anchored_before
            AND d.anchor_at <= s.anchored_until
        GROUP BY g.group_number, d.unit_number
    ),
    sums AS
    (
        SELECT
            z.group_number,
            z.arm_number,
            SUM(z.z_count) AS count_z,
            SUM(z.z_count * z.z_count) AS count_zz,
            SUM(z.z_value_count) AS value_count_z,
            SUM(z.z_value_count * z.z_value_count) AS value_count_zz,
            SUM(z.z_sum) AS sum_z,
            SUM(z.z_sum * z.z_sum) AS sum_zz,
            SUM(z.z_reached) AS reached_z,
            SUM(z.z_reached * z.z_reached) AS reached_zz
        FROM slopes AS z
        GROUP BY z.group_number, z.arm_number
    )
    INSERT INTO marts.agg_experiment_metric_novelty
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, day_count, n_units, sum_z,
        sum_zz, refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        r.analysis_mode,
        r.metric_id,
        r.metric_version,
        a.variation_id,
        a.weight_epoch,
        g.slope_days AS day_count,
        g.unit_count AS n_units,
        COALESCE
        (
            CASE r.value_kind
                WHEN 'count' THEN s.count_z
                WHEN 'value_count' THEN s.value_count_z
                WHEN 'sum' THEN s.sum_z
                ELSE s.reached_z
            END, 0e0
        ) AS sum_z,
        COALESCE
        (
            CASE r.value_kind
                WHEN 'count' THEN s.count_zz
                WHEN 'value_count' THEN s.value_count_zz
                WHEN 'sum' THEN s.sum_zz
                ELSE s.reached_zz
            END, 0e0
        ) AS sum_zz,
        @now AS refreshed_at
    FROM
    (
        SELECT
            u.group_number,
            u.arm_number,
            p.slope_days,
            SUM(u.unit_count) AS unit_count
        FROM #groups AS q
        INNER JOIN #slopes AS p
            ON p.group_number = q.group_number
        INNER JOIN #units AS u
            ON u.group_number = q.group_number
        WHERE u.day_count >= q.first_day + p.slope_days
        GROUP BY u.group_number, u.arm_number, p.slope_days
    ) AS g
    INNER JOIN #series AS r
        ON r.group_number = g.group_number
    INNER JOIN marts.experiment_arms AS a
        ON a.arm_number = g.arm_number
    LEFT JOIN sums AS s
        ON s.group_number = g.group_number AND s.arm_number = g.arm_number
    WHERE a.experiment_id = @experiment_id;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

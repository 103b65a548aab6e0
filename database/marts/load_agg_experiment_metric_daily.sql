/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_daily of the metrics that do not wait for a window; those
of the others come with marts.load_agg_experiment_metric_by_variant. A unit enters with its anchor. Its state is its
value y, denominator d and covariates x and w; on a day with events it goes from one state to another, and each sum
grows by what the new state adds to it less what the old one did (STATISTICS, "Time series"). A state is that of the
unit's events up to the day: a running count, sum, minimum or maximum, where values and days seen before add nothing.
Only units with events have states; those without are counted by the day they enter with zeros. Caps are those of the
whole metric, the same on all days.
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_daily
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @watermark_at datetime2(6);
SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

SELECT
    CAST(ROW_NUMBER() OVER (ORDER BY k.analysis_mode, k.metric_id, k.metric_version) AS int) AS metric_number,
    k.analysis_mode,
    k.metric_id,
    k.metric_version,
    k.anchored_before,
    k.is_zero_filled,
    k.has_threshold,
    k.center_y,
    k.center_d,
    k.center_x,
    k.center_w,
    k.counts_members,
    COALESCE(CASE WHEN k.has_members = 0 THEN k.zero_y END, 0e0) AS unit_zero_y,
    COALESCE(CASE WHEN k.has_members = 0 THEN k.zero_x END, 0e0) AS unit_zero_x,
    COALESCE(CASE WHEN k.has_members = 1 THEN k.zero_y END, 0e0) AS member_zero_y
INTO #metrics
FROM marts.metric_constants AS k
WHERE k.experiment_id = @experiment_id AND k.mature_seconds = 0;

IF EXISTS (SELECT 1 FROM #metrics AS m)
BEGIN
    SELECT
        m.metric_number,
        p.part_name,
        p.part_count,
        p.measure_number,
        p.aggregation,
        p.threshold,
        p.is_zero_filled,
        COALESCE(p.zero_value, 0e0) AS zero_value,
        p.cap_lower,
        p.cap_upper,
        p.anchored_before
    INTO #parts
    FROM #metrics AS m
    INNER JOIN marts.experiment_metric_parts AS p
        ON p.analysis_mode = m.analysis_mode AND p.metric_id = m.metric_id AND p.metric_version = m.metric_version
    WHERE p.experiment_id = @experiment_id AND p.part_name IN ('y', 'd', 'n');

    /* Units by the day of their anchor, and those among them that a metric's eligibility lets in. */
    SELECT
        w.analysis_mode,
        w.anchored_before,
        u.arm_number,
        CAST(u.anchor_at AS date) AS metric_date,
        COUNT_BIG(*) AS assigned_count,
        SUM(CASE WHEN u.anchor_at < w.anchored_before THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END)
            AS entered_count
    INTO #entries
    FROM marts.experiment_units AS u
    INNER JOIN
    (
        SELECT DISTINCT
            m.analysis_mode,
            m.anchored_before
        FROM #metrics AS m
    ) AS w
        ON w.analysis_mode = u.analysis_mode
    WHERE u.experiment_id = @experiment_id AND u.anchor_at <= @watermark_at
    GROUP BY w.analysis_mode, w.anchored_before, u.arm_number, CAST(u.anchor_at AS date);

    /* Covariates were counted before the anchor: they enter with the unit, as a step from zero. */
    SELECT
        m.metric_number,
        f.arm_number,
        f.unit_number,
        CAST(f.anchor_at AS date) AS metric_date,
        f.x,
        f.w,
        f.has_covariate
    INTO #covariates
    FROM marts.metric_unit_values(@experiment_id, @watermark_at) AS f
    INNER JOIN #metrics AS m
        ON m.analysis_mode = f.analysis_mode AND m.metric_id = f.metric_id
    WHERE m.center_x IS NOT NULL;

    SELECT
        f.metric_number,
        f.arm_number,
        f.metric_date,
        CAST(f.has_covariate AS bigint) AS covariate_change,
        CAST(0 AS bigint) AS unit_change,
        m.unit_zero_y AS y,
        CASE WHEN m.center_d IS NOT NULL THEN 0e0 END AS d,
        CASE WHEN m.center_x IS NOT NULL THEN f.x END AS x,
        CASE WHEN m.center_w IS NOT NULL THEN f.w END AS w,
        m.unit_zero_y AS y_before,
        CASE WHEN m.center_d IS NOT NULL THEN 0e0 END AS d_before,
        CASE WHEN m.center_x IS NOT NULL THEN m.unit_zero_x END AS x_before,
        CASE WHEN m.center_w IS NOT NULL THEN 0e0 END AS w_before
    INTO #changes
    FROM #covariates AS f
    INNER JOIN #metrics AS m
        ON m.metric_number = f.metric_number
    WHERE m.is_zero_filled = 1;

    /*
    What each day adds to a unit's measure; of values and days that were there before, nothing. Events of a window that
    starts before the anchor count from the day of the anchor, with which the unit enters.
    */
    SELECT DISTINCT
        p.measure_number,
        g.distinct_attribute,
        g.has_distinct_values,
        g.has_distinct_days
    INTO #growing
    FROM #parts AS p
    INNER JOIN marts.experiment_measures AS g
        ON g.measure_number = p.measure_number
    WHERE g.experiment_id = @experiment_id;

    SELECT
        e.measure_number,
        e.unit_number,
        e.member_number,
        MAX(e.arm_number) AS arm_number,
        MAX(e.anchor_at) AS anchor_at,
        CAST(CASE WHEN e.event_at < e.anchor_at THEN e.anchor_at ELSE e.event_at END AS date) AS metric_date,
        COUNT_BIG(*) AS event_count,
        COUNT_BIG(e.event_value) AS value_count,
        SUM(e.event_value) AS sum_value,
        MIN(e.event_value) AS min_value,
        MAX(e.event_value) AS max_value,
        MIN(e.event_at) AS first_at
    INTO #additions
    FROM marts.measure_events(@experiment_id, 0) AS e
    INNER JOIN #growing AS g
        ON g.measure_number = e.measure_number
    GROUP BY e.measure_number, e.unit_number, e.member_number,
        CAST(CASE WHEN e.event_at < e.anchor_at THEN e.anchor_at ELSE e.event_at END AS date)
    UNION ALL
    SELECT
        s.measure_number,
        s.unit_number,
        s.member_number,
        s.arm_number,
        s.anchor_at,
        CAST(s.anchor_at AS date) AS metric_date,
        s.event_count,
        s.value_count,
        s.sum_value,
        s.min_value,
        s.max_value,
        s.first_at
    FROM marts.experiment_measure_units AS s
    WHERE s.experiment_id = @experiment_id AND s.measure_number <= 0;

    SELECT TOP (0)
        a.measure_number,
        a.unit_number,
        a.member_number,
        a.metric_date,
        a.event_count AS new_values,
        a.event_count AS new_days
    INTO #novelties
    FROM #additions AS a;

    IF EXISTS (SELECT 1 FROM #growing AS g WHERE g.has_distinct_values = 1 OR g.has_distinct_days = 1)
    BEGIN
        WITH events AS
        (
            SELECT
                e.measure_number,
                e.unit_number,
                e.member_number,
                CAST(CASE WHEN e.event_at < e.anchor_at THEN e.anchor_at ELSE e.event_at END AS date) AS metric_date,
                FLOOR(CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0) AS tenure_day,
                e.event_value,
                e.event_name,
                e.load_id,
                e.line_number,
                g.distinct_attribute,
                g.has_distinct_values,
                g.has_distinct_days
            FROM marts.measure_events(@experiment_id, 0) AS e
            INNER JOIN #growing AS g
                ON g.measure_number = e.measure_number
            WHERE g.has_distinct_values = 1 OR g.has_distinct_days = 1
        ),
        first_dates AS
        (
            SELECT
                e.measure_number,
                e.unit_number,
                e.member_number,
                MIN(e.metric_date) AS metric_date,
                1 AS new_values,
                0 AS new_days
            FROM events AS e
            WHERE e.has_distinct_values = 1 AND e.distinct_attribute IS NULL AND e.event_value IS NOT NULL
            GROUP BY e.measure_number, e.unit_number, e.member_number, e.event_value
            UNION ALL
            SELECT
                e.measure_number,
                e.unit_number,
                e.member_number,
                MIN(e.metric_date) AS metric_date,
                1 AS new_values,
                0 AS new_days
            FROM events AS e
            INNER JOIN marts.event_attributes AS v
                ON v.event_name = e.event_name
                AND v.attribute = e.distinct_attribute
                AND v.load_id = e.load_id
                AND v.line_number = e.line_number
            WHERE e.has_distinct_values = 1 AND v.attribute_value IS NOT NULL
            GROUP BY e.measure_number, e.unit_number, e.member_number, v.attribute_value
            UNION ALL
            SELECT
                e.measure_number,
                e.unit_number,
                e.member_number,
                MIN(e.metric_date) AS metric_date,
                0 AS new_values,
                1 AS new_days
            FROM events AS e
            WHERE e.has_distinct_days = 1
            GROUP BY e.measure_number, e.unit_number, e.member_number, e.tenure_day
        )
        INSERT INTO #novelties (measure_number, unit_number, member_number, metric_date, new_values, new_days)
        SELECT
            f.measure_number,
            f.unit_number,
            f.member_number,
            f.metric_date,
            SUM(CAST(f.new_values AS bigint)) AS new_values,
            SUM(CAST(f.new_days AS bigint)) AS new_days
        FROM first_dates AS f
        GROUP BY f.measure_number, f.unit_number, f.member_number, f.metric_date;
    END;

    SELECT
        a.measure_number,
        a.unit_number,
        a.member_number,
        a.arm_number,
        a.anchor_at,
        a.metric_date,
        SUM(a.event_count) OVER (PARTITION BY a.measure_number, a.unit_number, a.member_number ORDER BY a.metric_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS event_count,
        SUM(a.value_count) OVER (PARTITION BY a.measure_number, a.unit_number, a.member_number ORDER BY a.metric_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS value_count,
        SUM(COALESCE(n.new_values, 0)) OVER (PARTITION BY a.measure_number, a.unit_number, a.member_number
            ORDER BY a.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS distinct_value_count,
        SUM(COALESCE(n.new_days, 0)) OVER (PARTITION BY a.measure_number, a.unit_number, a.member_number
            ORDER BY a.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS distinct_day_count,
        SUM(a.sum_value) OVER (PARTITION BY a.measure_number, a.unit_number, a.member_number ORDER BY a.metric_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS sum_value,
        MIN(a.min_value) OVER (PARTITION BY a.measure_number, a.unit_number, a.member_number ORDER BY a.metric_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS min_value,
        MAX(a.max_value) OVER (PARTITION BY a.measure_number, a.unit_number, a.member_number ORDER BY a.metric_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS max_value,
        MIN(a.first_at) OVER (PARTITION BY a.measure_number, a.unit_number, a.member_number ORDER BY a.metric_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS first_at
    INTO #running
    FROM #additions AS a
    LEFT JOIN #novelties AS n
        ON n.measure_number = a.measure_number
        AND n.unit_number = a.unit_number
        AND n.member_number = a.member_number
        AND n.metric_date = a.metric_date;

    /* A metric of one part has a state a day as it is. */
    INSERT INTO #changes
    (
        metric_number, arm_number, metric_date, covariate_change, unit_change, y, d, x, w, y_before, d_before, x_before,
        w_before
    )
    SELECT
        s.metric_number,
        s.arm_number,
        s.metric_date,
        0 AS covariate_change,
        CASE WHEN s.is_zero_filled = 0 AND s.y_before IS NULL THEN 1 ELSE 0 END AS unit_change,
        CASE WHEN s.is_zero_filled = 1 THEN COALESCE(s.y, s.zero_value) ELSE s.y END AS y,
        NULL AS d,
        NULL AS x,
        NULL AS w,
        CASE WHEN s.is_zero_filled = 1 THEN COALESCE(s.y_before, s.zero_value) ELSE s.y_before END AS y_before,
        NULL AS d_before,
        NULL AS x_before,
        NULL AS w_before
    FROM
    (
        SELECT
            p.metric_number,
            r.arm_number,
            r.metric_date,
            p.is_zero_filled,
            p.zero_value,
            v.metric_value AS y,
            LAG(v.metric_value) OVER (PARTITION BY p.metric_number, r.unit_number ORDER BY r.metric_date) AS y_before
        FROM #parts AS p
        INNER JOIN #running AS r
            ON r.measure_number = p.measure_number
        CROSS APPLY marts.unit_aggregate
        (
            p.aggregation, r.event_count, r.value_count, r.distinct_value_count, r.distinct_day_count, r.sum_value,
            r.min_value, r.max_value, r.anchor_at, r.first_at
        ) AS q
        CROSS APPLY marts.metric_value(q.aggregate_value, p.threshold, p.cap_lower, p.cap_upper) AS v
        WHERE p.part_count = 1
            AND r.anchor_at < p.anchored_before
            AND r.anchor_at <= @watermark_at
    ) AS s
    WHERE s.is_zero_filled = 1 OR s.y IS NOT NULL;

    IF EXISTS (SELECT 1 FROM #parts AS p WHERE p.part_count > 1)
        WITH part_values AS
        (
            SELECT
                p.metric_number,
                p.part_name,
                r.unit_number,
                r.member_number,
                r.arm_number,
                r.metric_date,
                p.zero_value,
                v.metric_value
            FROM #parts AS p
            INNER JOIN #running AS r
                ON r.measure_number = p.measure_number
            CROSS APPLY marts.unit_aggregate
            (
                p.aggregation, r.event_count, r.value_count, r.distinct_value_count, r.distinct_day_count, r.sum_value,
                r.min_value, r.max_value, r.anchor_at, r.first_at
            ) AS q
            CROSS APPLY marts.metric_value(q.aggregate_value, p.threshold, p.cap_lower, p.cap_upper) AS v
            WHERE p.part_count > 1
                AND r.anchor_at < p.anchored_before
                AND r.anchor_at <= @watermark_at
        ),
        steps AS
        (
            SELECT
                v.metric_number,
                v.part_name,
                v.unit_number,
                v.arm_number,
                v.metric_date,
                v.metric_value - COALESCE
                (
                    LAG(v.metric_value) OVER
                        (
                            PARTITION BY v.metric_number, v.part_name, v.unit_number, v.member_number
                            ORDER BY v.metric_date
                        ),
                    v.zero_value
                ) AS step,
                CASE
                    WHEN v.metric_value IS NOT NULL
                        AND LAG(v.metric_value) OVER
                            (
                                PARTITION BY v.metric_number, v.part_name, v.unit_number, v.member_number
                                ORDER BY v.metric_date
                            )
                        IS NULL THEN 1e0
                    ELSE 0e0
                END AS is_first
            FROM part_values AS v
        ),
        unit_days AS
        (
            SELECT
                t.metric_number,
                t.unit_number,
                t.metric_date,
                MAX(t.arm_number) AS arm_number,
                SUM(CASE WHEN t.part_name = 'y' THEN t.step END) AS y_step,
                SUM
                (
                    CASE
                        WHEN m.counts_members = 1 AND m.is_zero_filled = 0
                            THEN CASE WHEN t.part_name = 'y' THEN t.is_first END
                        WHEN t.part_name = 'd' THEN t.step
                    END
                ) AS d_step,
                SUM
                (
                    CASE
                        WHEN m.counts_members = 1 AND t.part_name = 'd' THEN t.step
                        WHEN m.counts_members = 0 AND t.part_name = 'n' THEN t.step
                    END
                ) AS member_step
            FROM steps AS t
            INNER JOIN #metrics AS m
                ON m.metric_number = t.metric_number
            GROUP BY t.metric_number, t.unit_number, t.metric_date
        ),
        states AS
        (
            SELECT
                d.metric_number,
                d.unit_number,
                d.arm_number,
                d.metric_date,
                SUM(d.y_step) OVER (PARTITION BY d.metric_number, d.unit_number ORDER BY d.metric_date
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS y,
                SUM(d.y_step) OVER (PARTITION BY d.metric_number, d.unit_number ORDER BY d.metric_date
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS y_before,
                COALESCE(SUM(d.d_step) OVER (PARTITION BY d.metric_number, d.unit_number
                    ORDER BY d.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 0e0) AS d,
                COALESCE(SUM(d.d_step) OVER (PARTITION BY d.metric_number, d.unit_number
                    ORDER BY d.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0e0) AS d_before,
                COALESCE(SUM(d.member_step) OVER (PARTITION BY d.metric_number, d.unit_number
                    ORDER BY d.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 0e0) AS members,
                COALESCE(SUM(d.member_step) OVER (PARTITION BY d.metric_number, d.unit_number
                    ORDER BY d.metric_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0e0) AS members_before
            FROM unit_days AS d
        )
        INSERT INTO #changes
        (
            metric_number, arm_number, metric_date, covariate_change, unit_change, y, d, x, w, y_before, d_before,
            x_before, w_before
        )
        SELECT
            s.metric_number,
            s.arm_number,
            s.metric_date,
            CASE
                WHEN m.is_zero_filled = 0 AND s.y_before IS NULL THEN CAST(COALESCE(f.has_covariate, 0) AS bigint)
                ELSE CAST(0 AS bigint)
            END AS covariate_change,
            CASE
                WHEN m.is_zero_filled = 0 AND s.y_before IS NULL THEN CAST(1 AS bigint)
                ELSE CAST(0 AS bigint)
            END AS unit_change,
            CASE
                WHEN m.is_zero_filled = 1 THEN m.unit_zero_y + m.member_zero_y * s.members + COALESCE(s.y, 0e0)
                ELSE s.y
            END AS y,
            CASE WHEN m.center_d IS NOT NULL THEN s.d END AS d,
            CASE WHEN m.center_x IS NOT NULL THEN COALESCE(f.x, m.unit_zero_x) END AS x,
            CASE WHEN m.center_w IS NOT NULL THEN COALESCE(f.w, 0e0) END AS w,
            b.y_before,
            CASE WHEN m.center_d IS NOT NULL AND b.y_before IS NOT NULL THEN s.d_before END AS d_before,
            CASE WHEN m.center_x IS NOT NULL AND b.y_before IS NOT NULL THEN COALESCE(f.x, m.unit_zero_x) END
                AS x_before,
            CASE WHEN m.center_w IS NOT NULL AND b.y_before IS NOT NULL THEN COALESCE(f.w, 0e0) END AS w_before
        FROM states AS s
        INNER JOIN #metrics AS m
            ON m.metric_number = s.metric_number
        LEFT JOIN #covariates AS f
            ON f.metric_number = s.metric_number AND f.unit_number = s.unit_number
        CROSS APPLY
        (
            SELECT
                CASE
                    WHEN m.is_zero_filled = 1
                        THEN m.unit_zero_y + m.member_zero_y * s.members_before + COALESCE(s.y_before, 0e0)
                    ELSE s.y_before
                END AS y_before
        ) AS b
        WHERE m.is_zero_filled = 1 OR s.y IS NOT NULL;
END;

/* Only what changes the marts is in the transaction: what it is made from is ready. */
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE d
    FROM marts.agg_experiment_metric_daily AS d
    INNER JOIN #metrics AS m
        ON m.analysis_mode = d.analysis_mode AND m.metric_id = d.metric_id AND m.metric_version = d.metric_version
    WHERE d.experiment_id = @experiment_id;

    IF EXISTS (SELECT 1 FROM #metrics AS m)
    BEGIN
        WITH sums AS
        (
            SELECT
                f.metric_number,
                f.arm_number,
                f.metric_date,
                SUM(f.unit_change) AS unit_change,
                SUM(f.covariate_change) AS covariate_change,
                COALESCE(SUM(f.y), 0e0) - COALESCE(SUM(f.y_before), 0e0) AS sum_y,
                COALESCE(SUM(f.y - k.center_y), 0e0) - COALESCE(SUM(f.y_before - k.center_y), 0e0) AS sum_centered,
                COALESCE(SUM((f.y - k.center_y) * (f.y - k.center_y)), 0e0)
                    - COALESCE(SUM((f.y_before - k.center_y) * (f.y_before - k.center_y)), 0e0) AS sum_centered_sq,
                COALESCE(SUM((f.y - k.center_y) * (f.y - k.center_y) * (f.y - k.center_y)), 0e0)
                    - COALESCE
                    (
                        SUM((f.y_before - k.center_y) * (f.y_before - k.center_y) * (f.y_before - k.center_y)), 0e0
                    )
                    AS sum_centered_cube,
                COALESCE(SUM(f.d - k.center_d), 0e0) - COALESCE(SUM(f.d_before - k.center_d), 0e0) AS sum_d,
                COALESCE(SUM((f.d - k.center_d) * (f.d - k.center_d)), 0e0)
                    - COALESCE(SUM((f.d_before - k.center_d) * (f.d_before - k.center_d)), 0e0) AS sum_dd,
                COALESCE(SUM((f.y - k.center_y) * (f.d - k.center_d)), 0e0)
                    - COALESCE(SUM((f.y_before - k.center_y) * (f.d_before - k.center_d)), 0e0) AS sum_yd,
                COALESCE(SUM(f.x - k.center_x), 0e0) - COALESCE(SUM(f.x_before - k.center_x), 0e0) AS sum_x,
                COALESCE(SUM((f.x - k.center_x) * (f.x - k.center_x)), 0e0)
                    - COALESCE(SUM((f.x_before - k.center_x) * (f.x_before - k.center_x)), 0e0) AS sum_xx,
                COALESCE(SUM((f.y - k.center_y) * (f.x - k.center_x)), 0e0)
                    - COALESCE(SUM((f.y_before - k.center_y) * (f.x_before - k.center_x)), 0e0) AS sum_yx,
                COALESCE(SUM((f.d - k.center_d) * (f.x - k.center_x)), 0e0)
                    - COALESCE(SUM((f.d_before - k.center_d) * (f.x_before - k.center_x)), 0e0) AS sum_dx,
                COALESCE(SUM(f.w - k.center_w), 0e0) - COALESCE(SUM(f.w_before - k.center_w), 0e0) AS sum_w,
                COALESCE(SUM((f.w - k.center_w) * (f.w - k.center_w)), 0e0)
                    - COALESCE(SUM((f.w_before - k.center_w) * (f.w_before - k.center_w)), 0e0) AS sum_ww,
                COALESCE(SUM((f.y - k.center_y) * (f.w - k.center_w)), 0e0)
                    - COALESCE(SUM((f.y_before - k.center_y) * (f.w_before - k.center_w)), 0e0) AS sum_yw,
                COALESCE(SUM((f.d - k.center_d) * (f.w - k.center_w)), 0e0)
                    - COALESCE(SUM((f.d_before - k.center_d) * (f.w_before - k.center_w)), 0e0) AS sum_dw,
                COALESCE(SUM((f.x - k.center_x) * (f.w - k.center_w)), 0e0)
                    - COALESCE(SUM((f.x_before - k.center_x) * (f.w_before - k.center_w)), 0e0) AS sum_xw
            FROM #changes AS f
            INNER JOIN #metrics AS k
                ON k.metric_number = f.metric_number
            GROUP BY f.metric_number, f.arm_number, f.metric_date
        ),
        entries AS
        (
            SELECT
                m.metric_number,
                e.arm_number,
                e.metric_date,
                e.assigned_count,
                CASE WHEN m.is_zero_filled = 1 THEN e.entered_count ELSE CAST(0 AS bigint) END AS entered_count
            FROM #entries AS e
            INNER JOIN #metrics AS m
                ON m.analysis_mode = e.analysis_mode AND m.anchored_before = e.anchored_before
        )
        INSERT INTO marts.agg_experiment_metric_daily
        (
            experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, metric_date,
            n_assigned, n_units, success_count, center_value, sum_centered, sum_centered_sq, sum_centered_cube, sum_d,
            sum_dd, sum_yd, sum_x, sum_xx, sum_yx, sum_dx, sum_w, sum_ww, sum_yw, sum_dw, sum_xw, center_d, center_x,
            center_w, missing_covariate_count, refreshed_at
        )
        SELECT
            @experiment_id AS experiment_id,
            k.analysis_mode,
            k.metric_id,
            k.metric_version,
            a.variation_id,
            a.weight_epoch,
            COALESCE(e.metric_date, s.metric_date) AS metric_date,
            COALESCE(e.assigned_count, 0) AS n_assigned,
            COALESCE(e.entered_count, 0) + COALESCE(s.unit_change, 0) AS n_units,
            CASE
                WHEN k.has_threshold = 1 AND k.center_d IS NULL THEN CAST(ROUND(COALESCE(s.sum_y, 0e0), 0) AS bigint)
            END AS success_count,
            k.center_y AS center_value,
            COALESCE(s.sum_centered, 0e0) + t.zeros * t.step_y AS sum_centered,
            COALESCE(s.sum_centered_sq, 0e0) + t.zeros * t.step_y * t.step_y AS sum_centered_sq,
            COALESCE(s.sum_centered_cube, 0e0) + t.zeros * t.step_y * t.step_y * t.step_y AS sum_centered_cube,
            CASE WHEN k.center_d IS NOT NULL THEN COALESCE(s.sum_d, 0e0) + t.zeros * t.step_d END AS sum_d,
            CASE WHEN k.center_d IS NOT NULL THEN COALESCE(s.sum_dd, 0e0) + t.zeros * t.step_d * t.step_d END AS sum_dd,
            CASE WHEN k.center_d IS NOT NULL THEN COALESCE(s.sum_yd, 0e0) + t.zeros * t.step_y * t.step_d END AS sum_yd,
            CASE WHEN k.center_x IS NOT NULL THEN COALESCE(s.sum_x, 0e0) + t.zeros * t.step_x END AS sum_x,
            CASE WHEN k.center_x IS NOT NULL THEN COALESCE(s.sum_xx, 0e0) + t.zeros * t.step_x * t.step_x END AS sum_xx,
            CASE WHEN k.center_x IS NOT NULL THEN COALESCE(s.sum_yx, 0e0) + t.zeros * t.step_y * t.step_x END AS sum_yx,
            CASE
                WHEN k.center_d IS NOT NULL AND k.center_x IS NOT NULL
                    THEN COALESCE(s.sum_dx, 0e0) + t.zeros * t.step_d * t.step_x
            END AS sum_dx,
            CASE WHEN k.center_w IS NOT NULL THEN COALESCE(s.sum_w, 0e0) + t.zeros * t.step_w END AS sum_w,
            CASE WHEN k.center_w IS NOT NULL THEN COALESCE(s.sum_ww, 0e0) + t.zeros * t.step_w * t.step_w END AS sum_ww,
            CASE WHEN k.center_w IS NOT NULL THEN COALESCE(s.sum_yw, 0e0) + t.zeros * t.step_y * t.step_w END AS sum_yw,
            CASE
                WHEN k.center_d IS NOT NULL AND k.center_w IS NOT NULL
                    THEN COALESCE(s.sum_dw, 0e0) + t.zeros * t.step_d * t.step_w
            END AS sum_dw,
            CASE
                WHEN k.center_w IS NOT NULL AND k.center_x IS NOT NULL
                    THEN COALESCE(s.sum_xw, 0e0) + t.zeros * t.step_x * t.step_w
            END AS sum_xw,
            k.center_d,
            k.center_x,
            k.center_w,
            CASE
                WHEN k.center_x IS NOT NULL
                    THEN COALESCE(e.entered_count, 0) + COALESCE(s.unit_change, 0) - COALESCE(s.covariate_change, 0)
            END AS missing_covariate_count,
            @now AS refreshed_at
        FROM entries AS e
        FULL JOIN sums AS s
            ON s.metric_number = e.metric_number
            AND s.arm_number = e.arm_number
            AND s.metric_date = e.metric_date
        INNER JOIN #metrics AS k
            ON k.metric_number = COALESCE(e.metric_number, s.metric_number)
        INNER JOIN marts.experiment_arms AS a
            ON a.experiment_id = @experiment_id AND a.arm_number = COALESCE(e.arm_number, s.arm_number)
        CROSS APPLY
        (
            SELECT
                CAST(COALESCE(e.entered_count, 0) AS float) AS zeros,
                k.unit_zero_y - k.center_y AS step_y,
                0e0 - k.center_d AS step_d,
                k.unit_zero_x - k.center_x AS step_x,
                0e0 - k.center_w AS step_w
        ) AS t;
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

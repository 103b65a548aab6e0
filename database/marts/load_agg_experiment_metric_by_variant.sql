/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_by_variant and _by_dimension, and those of
marts.agg_experiment_metric_daily of the metrics that wait for their windows. Grain: experiment x mode x metric x
variation x weight epoch, the second one by dimension value too, the third by the day on which units enter. n_assigned
counts the units of the mode, n_units those with a value: under maturity 'complete' only units whose window and delay
had passed by the data watermark, in every arm alike. A unit without events has count, sum and distinct 0, and no min,
max, average or time. Sums are centred at constants near the means (STATISTICS row 1: Chan, Golub, LeVeque 1983), those
over all units of the measures: a unit without events adds (0 - k) to each. Caps by percentile (type 7) are taken over
all arms together, units without events included unless the definition says non-zero ones only. The whole is the sum of
its days; the rows of both and of dimensions go one way, told apart by dimension_id and metric_date ('' and year 1 where
a row has none).
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_by_variant
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @watermark_at datetime2(6);
DECLARE @computed_modes varchar(16);
DECLARE @message varchar(400);
SELECT @computed_modes = COALESCE(x.computed_modes, 'both')
FROM catalog.experiments AS x
WHERE x.experiment_id = @experiment_id;
IF @computed_modes IS NULL
BEGIN
    SET @message = CONCAT('Experiment ''', @experiment_id, ''' is not in catalog.experiments.');
    THROW 50020, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.agg_experiment_metric_by_variant
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.agg_experiment_metric_by_dimension
    WHERE experiment_id = @experiment_id;
    DELETE d
    FROM marts.agg_experiment_metric_daily AS d
    WHERE d.experiment_id = @experiment_id
        AND NOT EXISTS
        (
            SELECT 1
            FROM marts.experiment_metric_parts AS p
            WHERE p.experiment_id = @experiment_id
                AND p.analysis_mode = d.analysis_mode
                AND p.metric_id = d.metric_id
                AND p.metric_version = d.metric_version
                AND p.mature_seconds = 0
        );
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

    /* Units by variation and day: all of them by their anchor, and those that a metric lets in by the day it does. */
    WITH windows AS
    (
        SELECT DISTINCT
            p.analysis_mode,
            p.mature_seconds,
            p.anchored_before
        FROM marts.experiment_metric_parts AS p
        WHERE p.experiment_id = @experiment_id
        UNION
        SELECT
            modes.analysis_mode,
            0 AS mature_seconds,
            CAST('9999-12-31' AS datetime2(6)) AS anchored_before
        FROM (VALUES ('itt'), ('exposed')) AS modes (analysis_mode)
        WHERE @computed_modes IN ('both', modes.analysis_mode)
    )
    SELECT
        u.analysis_mode,
        w.mature_seconds,
        w.anchored_before,
        CAST('' AS varchar(64)) AS dimension_id,
        CAST('' AS varchar(400)) AS dimension_value,
        CAST(DATEADD(second, w.mature_seconds, u.anchor_at) AS date) AS metric_date,
        u.arm_number,
        COUNT_BIG(*) AS unit_count
    INTO #eligible
    FROM marts.experiment_units AS u
    INNER JOIN windows AS w
        ON w.analysis_mode = u.analysis_mode
    WHERE u.experiment_id = @experiment_id
        AND u.anchor_at < w.anchored_before
        AND DATEADD(second, w.mature_seconds, u.anchor_at) <= @watermark_at
    GROUP BY u.analysis_mode, w.mature_seconds, w.anchored_before, u.arm_number,
        CAST(DATEADD(second, w.mature_seconds, u.anchor_at) AS date)
    UNION ALL
    SELECT
        u.analysis_mode,
        w.mature_seconds,
        w.anchored_before,
        v.dimension_id,
        v.dimension_value,
        CAST('0001-01-01' AS date) AS metric_date,
        u.arm_number,
        COUNT_BIG(*) AS unit_count
    FROM marts.experiment_units AS u
    INNER JOIN windows AS w
        ON w.analysis_mode = u.analysis_mode
    INNER JOIN marts.experiment_unit_dimensions AS v
        ON v.unit_number = u.unit_number
    WHERE u.experiment_id = @experiment_id
        AND v.experiment_id = @experiment_id
        AND u.anchor_at < w.anchored_before
        AND DATEADD(second, w.mature_seconds, u.anchor_at) <= @watermark_at
    GROUP BY u.analysis_mode, w.mature_seconds, w.anchored_before, v.dimension_id, v.dimension_value, u.arm_number;

    /* The whole is the sum of its days. */
    INSERT INTO #eligible
    (
        analysis_mode, mature_seconds, anchored_before, dimension_id, dimension_value, metric_date, arm_number,
        unit_count
    )
    SELECT
        e.analysis_mode,
        e.mature_seconds,
        e.anchored_before,
        '' AS dimension_id,
        '' AS dimension_value,
        CAST('0001-01-01' AS date) AS metric_date,
        e.arm_number,
        SUM(e.unit_count) AS unit_count
    FROM #eligible AS e
    WHERE e.dimension_id = ''
    GROUP BY e.analysis_mode, e.mature_seconds, e.anchored_before, e.arm_number;

    EXEC marts.load_metric_caps @experiment_id = @experiment_id, @watermark_at = @watermark_at;

    /* k: any constant will do, one near the mean keeps the sums small; sums of 0 and 1 are whole numbers at k = 0. */
    WITH totals AS
    (
        SELECT
            s.measure_number,
            CAST(SUM(s.event_count) AS float) AS event_count,
            CAST(SUM(s.value_count) AS float) AS value_count,
            CAST(SUM(s.distinct_value_count) AS float) AS distinct_value_count,
            CAST(SUM(s.distinct_day_count) AS float) AS distinct_day_count,
            SUM(s.sum_value) AS sum_value,
            AVG(s.min_value) AS mean_of_min,
            AVG(s.max_value) AS mean_of_max,
            AVG(CAST(DATEDIFF_BIG(microsecond, s.anchor_at, s.first_at) AS float)) / 3600000000e0 AS mean_hours
        FROM marts.experiment_measure_units AS s
        WHERE s.experiment_id = @experiment_id
        GROUP BY s.measure_number
    ),
    units AS
    (
        SELECT
            e.analysis_mode,
            CAST(SUM(e.unit_count) AS float) AS unit_count
        FROM #eligible AS e
        WHERE e.dimension_id = ''
            AND e.metric_date = CAST('0001-01-01' AS date)
            AND e.mature_seconds = 0
            AND e.anchored_before = CAST('9999-12-31' AS datetime2(6))
        GROUP BY e.analysis_mode
    ),
    means AS
    (
        SELECT
            p.analysis_mode,
            p.metric_id,
            p.part_name,
            p.cap_lower,
            p.cap_upper,
            COALESCE
            (
                CASE
                    WHEN p.threshold IS NOT NULL THEN 0e0
                    WHEN p.aggregation = 'count' THEN t.event_count / NULLIF(u.unit_count, 0)
                    WHEN p.aggregation = 'value_count' THEN t.value_count / NULLIF(u.unit_count, 0)
                    WHEN p.aggregation = 'sum' THEN t.sum_value / NULLIF(u.unit_count, 0)
                    WHEN p.aggregation = 'distinct_values' THEN t.distinct_value_count / NULLIF(u.unit_count, 0)
                    WHEN p.aggregation = 'distinct_days' THEN t.distinct_day_count / NULLIF(u.unit_count, 0)
                    WHEN p.aggregation = 'min' THEN t.mean_of_min
                    WHEN p.aggregation = 'max' THEN t.mean_of_max
                    WHEN p.aggregation = 'avg' THEN t.sum_value / NULLIF(t.value_count, 0)
                    WHEN p.aggregation = 'first_time' THEN t.mean_hours
                END, 0e0
            ) AS mean_value
        FROM marts.experiment_metric_parts AS p
        LEFT JOIN totals AS t
            ON t.measure_number = p.measure_number
        LEFT JOIN units AS u
            ON u.analysis_mode = p.analysis_mode
        WHERE p.experiment_id = @experiment_id
    )
    SELECT
        m.analysis_mode,
        m.metric_id,
        MAX(CASE WHEN m.part_name = 'y' THEN v.metric_value END) AS center_y,
        MAX(CASE WHEN m.part_name = 'd' THEN v.metric_value END) AS center_d,
        MAX(CASE WHEN m.part_name = 'x' THEN v.metric_value END) AS center_x,
        MAX(CASE WHEN m.part_name = 'w' THEN v.metric_value END) AS center_w
    INTO #centers
    FROM means AS m
    CROSS APPLY marts.metric_value(m.mean_value, NULL, m.cap_lower, m.cap_upper) AS v
    GROUP BY m.analysis_mode, m.metric_id;

    SELECT
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        p.metric_type,
        p.threshold,
        p.mature_seconds,
        p.anchored_before,
        p.is_zero_filled,
        p.cap_lower,
        p.cap_upper,
        p.cap_reason,
        c.center_y,
        c.center_d,
        c.center_x,
        c.center_w,
        CASE WHEN z.has_members = 1 THEN 0e0 ELSE COALESCE(z.zero_y, 0e0) END AS zero_y,
        CASE WHEN z.has_members = 1 THEN 0e0 ELSE COALESCE(z.zero_x, 0e0) END AS zero_x
    INTO #constants
    FROM marts.experiment_metric_parts AS p
    INNER JOIN #centers AS c
        ON c.analysis_mode = p.analysis_mode AND c.metric_id = p.metric_id
    INNER JOIN marts.metric_constants AS z
        ON z.experiment_id = p.experiment_id AND z.analysis_mode = p.analysis_mode AND z.metric_id = p.metric_id
    WHERE p.experiment_id = @experiment_id AND p.part_name = 'y';

    UPDATE p
    SET center_value = CASE p.part_name
        WHEN 'y' THEN k.center_y
        WHEN 'd' THEN k.center_d
        WHEN 'x' THEN k.center_x
        WHEN 'w' THEN k.center_w
        ELSE 0e0
    END
    FROM marts.experiment_metric_parts AS p
    INNER JOIN #constants AS k
        ON k.analysis_mode = p.analysis_mode AND k.metric_id = p.metric_id
    WHERE p.experiment_id = @experiment_id;

    SELECT
        s.analysis_mode,
        s.metric_id,
        s.dimension_id,
        s.dimension_value,
        s.metric_date,
        s.arm_number,
        s.row_count,
        s.capped_count,
        s.covariate_count,
        s.sum_y,
        s.sum_centered,
        s.sum_centered_sq,
        s.sum_centered_cube,
        s.sum_raw_centered,
        s.sum_raw_centered_sq,
        s.sum_d,
        s.sum_dd,
        s.sum_yd,
        s.sum_x,
        s.sum_xx,
        s.sum_yx,
        s.sum_dx,
        s.sum_w,
        s.sum_ww,
        s.sum_yw,
        s.sum_dw,
        s.sum_xw,
        s.min_value,
        s.max_value
    INTO #sums
    FROM marts.metric_sums(@experiment_id, @watermark_at, 0) AS s;

    IF EXISTS (SELECT 1 FROM marts.experiment_unit_dimensions AS v WHERE v.experiment_id = @experiment_id)
        INSERT INTO #sums
        (
            analysis_mode, metric_id, dimension_id, dimension_value, metric_date, arm_number, row_count,
            capped_count, covariate_count, sum_y, sum_centered, sum_centered_sq, sum_centered_cube, sum_raw_centered,
            sum_raw_centered_sq, sum_d, sum_dd, sum_yd, sum_x, sum_xx, sum_yx, sum_dx, sum_w, sum_ww, sum_yw, sum_dw,
            sum_xw, min_value, max_value
        )
        SELECT
            s.analysis_mode,
            s.metric_id,
            s.dimension_id,
            s.dimension_value,
            s.metric_date,
            s.arm_number,
            s.row_count,
            s.capped_count,
            s.covariate_count,
            s.sum_y,
            s.sum_centered,
            s.sum_centered_sq,
            s.sum_centered_cube,
            s.sum_raw_centered,
            s.sum_raw_centered_sq,
            s.sum_d,
            s.sum_dd,
            s.sum_yd,
            s.sum_x,
            s.sum_xx,
            s.sum_yx,
            s.sum_dx,
            s.sum_w,
            s.sum_ww,
            s.sum_yw,
            s.sum_dw,
            s.sum_xw,
            s.min_value,
            s.max_value
        FROM marts.metric_sums(@experiment_id, @watermark_at, 1) AS s;

    INSERT INTO #sums
    (
        analysis_mode, metric_id, dimension_id, dimension_value, metric_date, arm_number, row_count,
        capped_count, covariate_count, sum_y, sum_centered, sum_centered_sq, sum_centered_cube, sum_raw_centered,
        sum_raw_centered_sq, sum_d, sum_dd, sum_yd, sum_x, sum_xx, sum_yx, sum_dx, sum_w, sum_ww, sum_yw, sum_dw,
        sum_xw, min_value, max_value
    )
    SELECT
        s.analysis_mode,
        s.metric_id,
        '' AS dimension_id,
        '' AS dimension_value,
        CAST('0001-01-01' AS date) AS metric_date,
        s.arm_number,
        SUM(s.row_count) AS row_count,
        SUM(s.capped_count) AS capped_count,
        SUM(s.covariate_count) AS covariate_count,
        SUM(s.sum_y) AS sum_y,
        SUM(s.sum_centered) AS sum_centered,
        SUM(s.sum_centered_sq) AS sum_centered_sq,
        SUM(s.sum_centered_cube) AS sum_centered_cube,
        SUM(s.sum_raw_centered) AS sum_raw_centered,
        SUM(s.sum_raw_centered_sq) AS sum_raw_centered_sq,
        SUM(s.sum_d) AS sum_d,
        SUM(s.sum_dd) AS sum_dd,
        SUM(s.sum_yd) AS sum_yd,
        SUM(s.sum_x) AS sum_x,
        SUM(s.sum_xx) AS sum_xx,
        SUM(s.sum_yx) AS sum_yx,
        SUM(s.sum_dx) AS sum_dx,
        SUM(s.sum_w) AS sum_w,
        SUM(s.sum_ww) AS sum_ww,
        SUM(s.sum_yw) AS sum_yw,
        SUM(s.sum_dw) AS sum_dw,
        SUM(s.sum_xw) AS sum_xw,
        MIN(s.min_value) AS min_value,
        MAX(s.max_value) AS max_value
    FROM #sums AS s
    WHERE s.dimension_id = ''
    GROUP BY s.analysis_mode, s.metric_id, s.arm_number;

    WITH slices AS
    (
        SELECT
            e.analysis_mode,
            e.dimension_id,
            e.dimension_value,
            e.metric_date,
            e.arm_number,
            SUM
            (
                CASE
                    WHEN e.mature_seconds = 0 AND e.anchored_before = CAST('9999-12-31' AS datetime2(6))
                        THEN e.unit_count
                    ELSE CAST(0 AS bigint)
                END
            ) AS unit_count
        FROM #eligible AS e
        GROUP BY e.analysis_mode, e.dimension_id, e.dimension_value, e.metric_date, e.arm_number
    ),
    combined AS
    (
        SELECT
            k.analysis_mode,
            k.metric_id,
            k.metric_version,
            k.threshold,
            k.mature_seconds,
            a.dimension_id,
            a.dimension_value,
            a.metric_date,
            a.arm_number,
            a.unit_count AS n_assigned,
            COALESCE(s.row_count, 0) AS row_count,
            z.zero_count,
            CAST(z.zero_count AS float) AS zeros,
            COALESCE(s.covariate_count, 0) AS covariate_count,
            CASE WHEN k.cap_lower IS NOT NULL OR k.cap_upper IS NOT NULL THEN COALESCE(s.capped_count, 0) END
                AS capped_count,
            k.cap_lower,
            k.cap_upper,
            k.cap_reason,
            k.center_y,
            k.center_d,
            k.center_x,
            k.center_w,
            k.zero_y,
            k.zero_x,
            k.zero_y - k.center_y AS step_y,
            0e0 - k.center_d AS step_d,
            k.zero_x - k.center_x AS step_x,
            0e0 - k.center_w AS step_w,
            COALESCE(s.sum_y, 0e0) AS sum_y,
            COALESCE(s.sum_centered, 0e0) AS sum_centered,
            COALESCE(s.sum_centered_sq, 0e0) AS sum_centered_sq,
            COALESCE(s.sum_centered_cube, 0e0) AS sum_centered_cube,
            COALESCE(s.sum_raw_centered, 0e0) AS sum_raw_centered,
            COALESCE(s.sum_raw_centered_sq, 0e0) AS sum_raw_centered_sq,
            CASE WHEN k.center_d IS NOT NULL THEN COALESCE(s.sum_d, 0e0) END AS sum_d,
            CASE WHEN k.center_d IS NOT NULL THEN COALESCE(s.sum_dd, 0e0) END AS sum_dd,
            CASE WHEN k.center_d IS NOT NULL THEN COALESCE(s.sum_yd, 0e0) END AS sum_yd,
            CASE WHEN k.center_x IS NOT NULL THEN COALESCE(s.sum_x, 0e0) END AS sum_x,
            CASE WHEN k.center_x IS NOT NULL THEN COALESCE(s.sum_xx, 0e0) END AS sum_xx,
            CASE WHEN k.center_x IS NOT NULL THEN COALESCE(s.sum_yx, 0e0) END AS sum_yx,
            CASE WHEN k.center_d IS NOT NULL AND k.center_x IS NOT NULL THEN COALESCE(s.sum_dx, 0e0) END AS sum_dx,
            CASE WHEN k.center_w IS NOT NULL THEN COALESCE(s.sum_w, 0e0) END AS sum_w,
            CASE WHEN k.center_w IS NOT NULL THEN COALESCE(s.sum_ww, 0e0) END AS sum_ww,
            CASE WHEN k.center_w IS NOT NULL THEN COALESCE(s.sum_yw, 0e0) END AS sum_yw,
            CASE WHEN k.center_d IS NOT NULL AND k.center_w IS NOT NULL THEN COALESCE(s.sum_dw, 0e0) END AS sum_dw,
            CASE WHEN k.center_x IS NOT NULL AND k.center_w IS NOT NULL THEN COALESCE(s.sum_xw, 0e0) END AS sum_xw,
            s.min_value,
            s.max_value
        FROM #constants AS k
        INNER JOIN slices AS a
            ON a.analysis_mode = k.analysis_mode
        LEFT JOIN #eligible AS e
            ON e.analysis_mode = k.analysis_mode
            AND e.mature_seconds = k.mature_seconds
            AND e.anchored_before = k.anchored_before
            AND e.dimension_id = a.dimension_id
            AND e.dimension_value = a.dimension_value
            AND e.metric_date = a.metric_date
            AND e.arm_number = a.arm_number
        LEFT JOIN #sums AS s
            ON s.analysis_mode = k.analysis_mode
            AND s.metric_id = k.metric_id
            AND s.dimension_id = a.dimension_id
            AND s.dimension_value = a.dimension_value
            AND s.metric_date = a.metric_date
            AND s.arm_number = a.arm_number
        CROSS APPLY
        (
            SELECT
                CASE
                    WHEN k.is_zero_filled = 1 THEN COALESCE(e.unit_count, 0) - COALESCE(s.row_count, 0)
                    ELSE CAST(0 AS bigint)
                END AS zero_count
        ) AS z
    )
    SELECT
        c.analysis_mode,
        c.metric_id,
        c.metric_version,
        c.mature_seconds,
        c.dimension_id,
        c.dimension_value,
        c.metric_date,
        a.variation_id,
        a.weight_epoch,
        c.n_assigned,
        c.row_count + c.zero_count AS n_units,
        CASE WHEN c.threshold IS NOT NULL AND c.center_d IS NULL THEN CAST(ROUND(c.sum_y, 0) AS bigint) END
            AS success_count,
        c.center_y AS center_value,
        c.sum_centered + c.zeros * c.step_y AS sum_centered,
        c.sum_centered_sq + c.zeros * c.step_y * c.step_y AS sum_centered_sq,
        c.sum_centered_cube + c.zeros * c.step_y * c.step_y * c.step_y AS sum_centered_cube,
        CASE WHEN c.zero_count > 0 AND COALESCE(c.min_value, c.zero_y) >= c.zero_y THEN c.zero_y ELSE c.min_value END
            AS min_value,
        CASE WHEN c.zero_count > 0 AND COALESCE(c.max_value, c.zero_y) <= c.zero_y THEN c.zero_y ELSE c.max_value END
            AS max_value,
        CASE WHEN c.zero_y <> 0 THEN c.capped_count + c.zero_count ELSE c.capped_count END AS capped_count,
        c.cap_lower,
        c.cap_upper,
        c.cap_reason,
        CASE WHEN c.capped_count IS NOT NULL THEN c.sum_raw_centered - c.zeros * c.center_y END AS sum_raw_centered,
        CASE
            WHEN c.capped_count IS NOT NULL THEN c.sum_raw_centered_sq + c.zeros * c.center_y * c.center_y
        END AS sum_raw_centered_sq,
        c.center_d,
        c.center_x,
        c.center_w,
        c.sum_d + c.zeros * c.step_d AS sum_d,
        c.sum_dd + c.zeros * c.step_d * c.step_d AS sum_dd,
        c.sum_yd + c.zeros * c.step_y * c.step_d AS sum_yd,
        c.sum_x + c.zeros * c.step_x AS sum_x,
        c.sum_xx + c.zeros * c.step_x * c.step_x AS sum_xx,
        c.sum_yx + c.zeros * c.step_y * c.step_x AS sum_yx,
        c.sum_dx + c.zeros * c.step_d * c.step_x AS sum_dx,
        c.sum_w + c.zeros * c.step_w AS sum_w,
        c.sum_ww + c.zeros * c.step_w * c.step_w AS sum_ww,
        c.sum_yw + c.zeros * c.step_y * c.step_w AS sum_yw,
        c.sum_dw + c.zeros * c.step_d * c.step_w AS sum_dw,
        c.sum_xw + c.zeros * c.step_x * c.step_w AS sum_xw,
        CASE WHEN c.center_x IS NOT NULL THEN c.row_count + c.zero_count - c.covariate_count END
            AS missing_covariate_count
    INTO #final
    FROM combined AS c
    INNER JOIN marts.experiment_arms AS a
        ON a.arm_number = c.arm_number
    WHERE a.experiment_id = @experiment_id;

    INSERT INTO marts.agg_experiment_metric_by_variant
    (
        experiment_id, analysis_mode, metric_id, metric_version,
        variation_id, weight_epoch,
        n_assigned, n_units, success_count, center_value, sum_centered, sum_centered_sq, sum_centered_cube,
        min_value, max_value, capped_count, cap_lower, cap_upper, cap_reason, sum_raw_centered, sum_raw_centered_sq,
        center_d, center_x, center_w, sum_d, sum_dd, sum_yd, sum_x, sum_xx, sum_yx, sum_dx, sum_w, sum_ww, sum_yw,
        sum_dw, sum_xw, missing_covariate_count, refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        c.analysis_mode,
        c.metric_id,
        c.metric_version,
        c.variation_id,
        c.weight_epoch,
        c.n_assigned,
        c.n_units,
        c.success_count,
        c.center_value,
        c.sum_centered,
        c.sum_centered_sq,
        c.sum_centered_cube,
        c.min_value,
        c.max_value,
        c.capped_count,
        c.cap_lower,
        c.cap_upper,
        c.cap_reason,
        c.sum_raw_centered,
        c.sum_raw_centered_sq,
        c.center_d,
        c.center_x,
        c.center_w,
        c.sum_d,
        c.sum_dd,
        c.sum_yd,
        c.sum_x,
        c.sum_xx,
        c.sum_yx,
        c.sum_dx,
        c.sum_w,
        c.sum_ww,
        c.sum_yw,
        c.sum_dw,
        c.sum_xw,
        c.missing_covariate_count,
        @now AS refreshed_at
    FROM #final AS c
    WHERE c.dimension_id = '' AND c.metric_date = CAST('0001-01-01' AS date);

    INSERT INTO marts.agg_experiment_metric_by_dimension
    (
        experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value,
        variation_id, weight_epoch,
        n_assigned, n_units, success_count, center_value, sum_centered, sum_centered_sq, sum_centered_cube,
        min_value, max_value, capped_count, cap_lower, cap_upper, cap_reason, sum_raw_centered, sum_raw_centered_sq,
        center_d, center_x, center_w, sum_d, sum_dd, sum_yd, sum_x, sum_xx, sum_yx, sum_dx, sum_w, sum_ww, sum_yw,
        sum_dw, sum_xw, missing_covariate_count, refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        c.analysis_mode,
        c.metric_id,
        c.metric_version,
        c.dimension_id,
        c.dimension_value,
        c.variation_id,
        c.weight_epoch,
        c.n_assigned,
        c.n_units,
        c.success_count,
        c.center_value,
        c.sum_centered,
        c.sum_centered_sq,
        c.sum_centered_cube,
        c.min_value,
        c.max_value,
        c.capped_count,
        c.cap_lower,
        c.cap_upper,
        c.cap_reason,
        c.sum_raw_centered,
        c.sum_raw_centered_sq,
        c.center_d,
        c.center_x,
        c.center_w,
        c.sum_d,
        c.sum_dd,
        c.sum_yd,
        c.sum_x,
        c.sum_xx,
        c.sum_yx,
        c.sum_dx,
        c.sum_w,
        c.sum_ww,
        c.sum_yw,
        c.sum_dw,
        c.sum_xw,
        c.missing_covariate_count,
        @now AS refreshed_at
    FROM #final AS c
    WHERE c.dimension_id <> '';

    INSERT INTO marts.agg_experiment_metric_daily
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, metric_date,
        n_assigned, n_units, success_count, center_value, sum_centered, sum_centered_sq, sum_centered_cube, center_d,
        center_x, center_w, sum_d, sum_dd, sum_yd, sum_x, sum_xx, sum_yx, sum_dx, sum_w, sum_ww, sum_yw, sum_dw,
        sum_xw, missing_covariate_count, refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        c.analysis_mode,
        c.metric_id,
        c.metric_version,
        c.variation_id,
        c.weight_epoch,
        c.metric_date,
        c.n_assigned,
        c.n_units,
        c.success_count,
        c.center_value,
        c.sum_centered,
        c.sum_centered_sq,
        c.sum_centered_cube,
        c.center_d,
        c.center_x,
        c.center_w,
        c.sum_d,
        c.sum_dd,
        c.sum_yd,
        c.sum_x,
        c.sum_xx,
        c.sum_yx,
        c.sum_dx,
        c.sum_w,
        c.sum_ww,
        c.sum_yw,
        c.sum_dw,
        c.sum_xw,
        c.missing_covariate_count,
        @now AS refreshed_at
    FROM #final AS c
    WHERE c.dimension_id = ''
        AND c.metric_date > CAST('0001-01-01' AS date)
        AND c.mature_seconds > 0
        AND (c.n_assigned > 0 OR c.n_units > 0);
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_by_variant and _by_dimension. Grain: experiment x mode x
metric x variation x weight epoch, the second one by dimension value too. n_assigned counts the units of the mode,
n_units those with a value: under maturity 'complete' only units whose window and delay had passed by the data
watermark, in every arm alike. A unit without events has count, sum and distinct 0, and no min, max, average or time.
Sums are centred at constants near the means (STATISTICS row 1: Chan, Golub, LeVeque 1983): a unit without events adds
(0 - k) to each. Caps by percentile (type 7) are taken over all arms together, units without events included unless the
definition says non-zero ones only.
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
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

    /* Units by variation: all of them, and those that a metric's window and eligibility let in. */
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
        u.variation_id,
        u.weight_epoch,
        COUNT_BIG(*) AS unit_count
    INTO #eligible
    FROM marts.experiment_units AS u
    INNER JOIN windows AS w
        ON w.analysis_mode = u.analysis_mode
    WHERE u.experiment_id = @experiment_id
        AND u.anchor_at < w.anchored_before
        AND DATEADD(second, w.mature_seconds, u.anchor_at) <= @watermark_at
    GROUP BY u.analysis_mode, w.mature_seconds, w.anchored_before, u.variation_id, u.weight_epoch
    UNION ALL
    SELECT
        u.analysis_mode,
        w.mature_seconds,
        w.anchored_before,
        v.dimension_id,
        v.dimension_value,
        u.variation_id,
        u.weight_epoch,
        COUNT_BIG(*) AS unit_count
    FROM marts.experiment_units AS u
    INNER JOIN windows AS w
        ON w.analysis_mode = u.analysis_mode
    INNER JOIN marts.experiment_unit_dimensions AS v
        ON v.unit_id = u.unit_id
    WHERE u.experiment_id = @experiment_id
        AND v.experiment_id = @experiment_id
        AND u.anchor_at < w.anchored_before
        AND DATEADD(second, w.mature_seconds, u.anchor_at) <= @watermark_at
    GROUP BY u.analysis_mode, w.mature_seconds, w.anchored_before, v.dimension_id, v.dimension_value, u.variation_id,
        u.weight_epoch;

    EXEC marts.load_metric_caps @experiment_id = @experiment_id, @watermark_at = @watermark_at;

    /* k: any constant will do, one near the mean keeps the sums small. Of y after its cap, over all arms. */
    SELECT
        f.analysis_mode,
        f.metric_id,
        SUM(f.y) AS sum_y,
        SUM(f.d) AS sum_d,
        SUM(f.x) AS sum_x,
        SUM(f.w) AS sum_w,
        CAST(COUNT_BIG(f.y) AS float) AS row_count
    INTO #totals
    FROM marts.metric_unit_values(@experiment_id, @watermark_at) AS f
    GROUP BY f.analysis_mode, f.metric_id;

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
        COALESCE(t.sum_y / NULLIF(n.unit_count, 0), 0e0) AS center_y,
        CASE WHEN q.has_d = 1 THEN COALESCE(t.sum_d / NULLIF(n.unit_count, 0), 0e0) END AS center_d,
        CASE WHEN q.has_x = 1 THEN COALESCE(t.sum_x / NULLIF(n.unit_count, 0), 0e0) END AS center_x,
        CASE WHEN q.has_w = 1 THEN COALESCE(t.sum_w / NULLIF(n.unit_count, 0), 0e0) END AS center_w
    INTO #constants
    FROM marts.experiment_metric_parts AS p
    INNER JOIN
    (
        SELECT
            a.analysis_mode,
            a.metric_id,
            MAX(CASE WHEN a.part_name = 'd' THEN 1 ELSE 0 END) AS has_d,
            MAX(CASE WHEN a.part_name = 'x' THEN 1 ELSE 0 END) AS has_x,
            MAX(CASE WHEN a.part_name = 'w' THEN 1 ELSE 0 END) AS has_w
        FROM marts.experiment_metric_parts AS a
        WHERE a.experiment_id = @experiment_id
        GROUP BY a.analysis_mode, a.metric_id
    ) AS q
        ON q.analysis_mode = p.analysis_mode AND q.metric_id = p.metric_id
    LEFT JOIN #totals AS t
        ON t.analysis_mode = p.analysis_mode AND t.metric_id = p.metric_id
    LEFT JOIN
    (
        SELECT
            e.analysis_mode,
            e.mature_seconds,
            e.anchored_before,
            CAST(SUM(e.unit_count) AS float) AS unit_total
        FROM #eligible AS e
        WHERE e.dimension_id = ''
        GROUP BY e.analysis_mode, e.mature_seconds, e.anchored_before
    ) AS g
        ON g.analysis_mode = p.analysis_mode
        AND g.mature_seconds = p.mature_seconds
        AND g.anchored_before = p.anchored_before
    CROSS APPLY
    (
        SELECT CASE WHEN p.is_zero_filled = 1 THEN g.unit_total ELSE t.row_count END AS unit_count
    ) AS n
    WHERE p.experiment_id = @experiment_id AND p.part_name = 'y';

    UPDATE p
    SET center_value = CASE p.part_name
        WHEN 'y' THEN k.center_y
        WHEN 'd' THEN k.center_d
        WHEN 'x' THEN k.center_x
        ELSE k.center_w
    END
    FROM marts.experiment_metric_parts AS p
    INNER JOIN #constants AS k
        ON k.analysis_mode = p.analysis_mode AND k.metric_id = p.metric_id
    WHERE p.experiment_id = @experiment_id;

    WITH unit_values AS
    (
        SELECT
            f.analysis_mode,
            f.metric_id,
            CAST('' AS varchar(64)) AS dimension_id,
            CAST('' AS varchar(400)) AS dimension_value,
            f.variation_id,
            f.weight_epoch,
            f.raw_y,
            f.y,
            f.d,
            f.x,
            f.w,
            f.has_covariate
        FROM marts.metric_unit_values(@experiment_id, @watermark_at) AS f
        WHERE f.y IS NOT NULL
        UNION ALL
        SELECT
            f.analysis_mode,
            f.metric_id,
            v.dimension_id,
            v.dimension_value,
            f.variation_id,
            f.weight_epoch,
            f.raw_y,
            f.y,
            f.d,
            f.x,
            f.w,
            f.has_covariate
        FROM marts.experiment_unit_dimensions AS v
        INNER JOIN marts.metric_unit_values(@experiment_id, @watermark_at) AS f
            ON f.unit_id = v.unit_id
        WHERE v.experiment_id = @experiment_id AND f.y IS NOT NULL
    ),
    sums AS
    (
        SELECT
            f.analysis_mode,
            f.metric_id,
            f.dimension_id,
            f.dimension_value,
            f.variation_id,
            f.weight_epoch,
            COUNT_BIG(*) AS row_count,
            SUM(CASE WHEN f.y <> f.raw_y THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) AS capped_count,
            SUM(CAST(f.has_covariate AS bigint)) AS covariate_count,
            SUM(f.y) AS sum_y,
            SUM(f.y - k.center_y) AS sum_centered,
            SUM((f.y - k.center_y) * (f.y - k.center_y)) AS sum_centered_sq,
            SUM((f.y - k.center_y) * (f.y - k.center_y) * (f.y - k.center_y)) AS sum_centered_cube,
            SUM(f.raw_y - k.center_y) AS sum_raw_centered,
            SUM((f.raw_y - k.center_y) * (f.raw_y - k.center_y)) AS sum_raw_centered_sq,
            SUM(f.d - k.center_d) AS sum_d,
            SUM((f.d - k.center_d) * (f.d - k.center_d)) AS sum_dd,
            SUM((f.y - k.center_y) * (f.d - k.center_d)) AS sum_yd,
            SUM(f.x - k.center_x) AS sum_x,
            SUM((f.x - k.center_x) * (f.x - k.center_x)) AS sum_xx,
            SUM((f.y - k.center_y) * (f.x - k.center_x)) AS sum_yx,
            SUM((f.d - k.center_d) * (f.x - k.center_x)) AS sum_dx,
            SUM(f.w - k.center_w) AS sum_w,
            SUM((f.w - k.center_w) * (f.w - k.center_w)) AS sum_ww,
            SUM((f.y - k.center_y) * (f.w - k.center_w)) AS sum_yw,
            SUM((f.d - k.center_d) * (f.w - k.center_w)) AS sum_dw,
            SUM((f.x - k.center_x) * (f.w - k.center_w)) AS sum_xw,
            MIN(f.y) AS min_value,
            MAX(f.y) AS max_value
        FROM unit_values AS f
        INNER JOIN #constants AS k
            ON k.analysis_mode = f.analysis_mode AND k.metric_id = f.metric_id
        GROUP BY f.analysis_mode, f.metric_id, f.dimension_id, f.dimension_value, f.variation_id, f.weight_epoch
    ),
    combined AS
    (
        SELECT
            k.analysis_mode,
            k.metric_id,
            k.metric_version,
            k.threshold,
            a.dimension_id,
            a.dimension_value,
            a.variation_id,
            a.weight_epoch,
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
        INNER JOIN #eligible AS a
            ON a.analysis_mode = k.analysis_mode
        LEFT JOIN #eligible AS e
            ON e.analysis_mode = k.analysis_mode
            AND e.mature_seconds = k.mature_seconds
            AND e.anchored_before = k.anchored_before
            AND e.dimension_id = a.dimension_id
            AND e.dimension_value = a.dimension_value
            AND e.variation_id = a.variation_id
            AND e.weight_epoch = a.weight_epoch
        LEFT JOIN sums AS s
            ON s.analysis_mode = k.analysis_mode
            AND s.metric_id = k.metric_id
            AND s.dimension_id = a.dimension_id
            AND s.dimension_value = a.dimension_value
            AND s.variation_id = a.variation_id
            AND s.weight_epoch = a.weight_epoch
        CROSS APPLY
        (
            SELECT
                CASE
                    WHEN k.is_zero_filled = 1 THEN COALESCE(e.unit_count, 0) - COALESCE(s.row_count, 0)
                    ELSE CAST(0 AS bigint)
                END AS zero_count
        ) AS z
        WHERE a.mature_seconds = 0 AND a.anchored_before = CAST('9999-12-31' AS datetime2(6))
    )
    SELECT
        c.analysis_mode,
        c.metric_id,
        c.metric_version,
        c.dimension_id,
        c.dimension_value,
        c.variation_id,
        c.weight_epoch,
        c.n_assigned,
        c.row_count + c.zero_count AS n_units,
        CASE WHEN c.threshold IS NOT NULL AND c.center_d IS NULL THEN CAST(ROUND(c.sum_y, 0) AS bigint) END
            AS success_count,
        c.center_y AS center_value,
        c.sum_centered - c.zeros * c.center_y AS sum_centered,
        c.sum_centered_sq + c.zeros * c.center_y * c.center_y AS sum_centered_sq,
        c.sum_centered_cube - c.zeros * c.center_y * c.center_y * c.center_y AS sum_centered_cube,
        CASE WHEN c.zero_count > 0 AND COALESCE(c.min_value, 0e0) >= 0 THEN 0e0 ELSE c.min_value END AS min_value,
        CASE WHEN c.zero_count > 0 AND COALESCE(c.max_value, 0e0) <= 0 THEN 0e0 ELSE c.max_value END AS max_value,
        c.capped_count,
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
        c.sum_d - c.zeros * c.center_d AS sum_d,
        c.sum_dd + c.zeros * c.center_d * c.center_d AS sum_dd,
        c.sum_yd + c.zeros * c.center_y * c.center_d AS sum_yd,
        c.sum_x - c.zeros * c.center_x AS sum_x,
        c.sum_xx + c.zeros * c.center_x * c.center_x AS sum_xx,
        c.sum_yx + c.zeros * c.center_y * c.center_x AS sum_yx,
        c.sum_dx + c.zeros * c.center_d * c.center_x AS sum_dx,
        c.sum_w - c.zeros * c.center_w AS sum_w,
        c.sum_ww + c.zeros * c.center_w * c.center_w AS sum_ww,
        c.sum_yw + c.zeros * c.center_y * c.center_w AS sum_yw,
        c.sum_dw + c.zeros * c.center_d * c.center_w AS sum_dw,
        c.sum_xw + c.zeros * c.center_x * c.center_w AS sum_xw,
        CASE WHEN c.center_x IS NOT NULL THEN c.row_count + c.zero_count - c.covariate_count END
            AS missing_covariate_count
    INTO #final
    FROM combined AS c;

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
    WHERE c.dimension_id = '';

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
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds one experiment's rows of marts.agg_experiment_metric_quantiles and _by_dimension. Grain: experiment x mode x
quantile metric x variation, the second one by dimension value too; both go one way, told apart by dimension_id ('' of
all units). The quantile is that of the values of single events (type 7: Hyndman, Fan 1996); the unit is the cluster:
with n_i events of a unit, J_i of them at or below the quantile, and R = sum J / sum n over k units, the variance of the
share is k/(k-1) sum (J_i - R n_i)^2 / (sum n)^2, and lower_value and upper_value are the order statistics at the ranks
floor and ceiling of N (fraction -+ 1.96 sqrt(variance)) (Deng, Knoblich, Lu 2018, section 4). Where the weights
changed, only units of the last epoch are in it, since quantiles cannot be stratified.
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_quantiles
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
    DELETE FROM marts.agg_experiment_metric_quantiles
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.agg_experiment_metric_quantiles_by_dimension
    WHERE experiment_id = @experiment_id;
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

    SELECT
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        d.quantile_fraction,
        CAST('' AS varchar(64)) AS dimension_id,
        CAST('' AS varchar(400)) AS dimension_value,
        a.variation_id,
        a.weight_epoch,
        s.unit_number,
        s.event_value,
        SUM(s.value_count) AS value_count
    INTO #values
    FROM marts.experiment_metric_parts AS p
    INNER JOIN catalog.metric_definitions AS d
        ON d.metric_id = p.metric_id AND d.metric_version = p.metric_version
    INNER JOIN marts.experiment_measure_values AS s
        ON s.measure_number = p.measure_number
    INNER JOIN marts.experiment_arms AS a
        ON a.arm_number = s.arm_number
    WHERE p.experiment_id = @experiment_id
        AND s.experiment_id = @experiment_id
        AND a.experiment_id = @experiment_id
        AND p.metric_type = 'quantile'
        AND p.part_name = 'y'
        AND s.anchor_at < p.anchored_before
        AND DATEADD(second, p.mature_seconds, s.anchor_at) <= @watermark_at
        AND a.weight_epoch =
        (
            SELECT MAX(c.weight_epoch)
            FROM marts.fct_experiment_cohort AS c
            WHERE c.experiment_id = @experiment_id
        )
    GROUP BY p.analysis_mode, p.metric_id, p.metric_version, d.quantile_fraction, a.variation_id, a.weight_epoch,
        s.unit_number, s.event_value;

    IF EXISTS (SELECT 1 FROM marts.experiment_unit_dimensions AS v WHERE v.experiment_id = @experiment_id)
        INSERT INTO #values
        (
            analysis_mode, metric_id, metric_version, quantile_fraction, dimension_id, dimension_value, variation_id,
            weight_epoch, unit_number, event_value, value_count
        )
        SELECT
            s.analysis_mode,
            s.metric_id,
            s.metric_version,
            s.quantile_fraction,
            v.dimension_id,
            v.dimension_value,
            s.variation_id,
            s.weight_epoch,
            s.unit_number,
            s.event_value,
            s.value_count
        FROM #values AS s
        INNER JOIN marts.experiment_unit_dimensions AS v
            ON v.unit_number = s.unit_number
        WHERE v.experiment_id = @experiment_id;

    WITH counted AS
    (
        SELECT
            v.analysis_mode,
            v.metric_id,
            v.dimension_id,
            v.dimension_value,
            v.variation_id,
            v.quantile_fraction,
            v.event_value,
            SUM(v.value_count) AS value_count
        FROM #values AS v
        GROUP BY v.analysis_mode, v.metric_id, v.dimension_id, v.dimension_value, v.variation_id, v.quantile_fraction,
            v.event_value
    )
    SELECT
        c.analysis_mode,
        c.metric_id,
        c.dimension_id,
        c.dimension_value,
        c.variation_id,
        c.quantile_fraction,
        c.event_value,
        c.value_count,
        SUM(c.value_count) OVER
        (
            PARTITION BY c.analysis_mode, c.metric_id, c.dimension_id, c.dimension_value, c.variation_id
            ORDER BY c.event_value
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS last_rank,
        SUM(c.value_count) OVER
        (
            PARTITION BY c.analysis_mode, c.metric_id, c.dimension_id, c.dimension_value, c.variation_id
        ) AS observation_count
    INTO #ranked
    FROM counted AS c;

    WITH places AS
    (
        SELECT
            r.analysis_mode,
            r.metric_id,
            r.dimension_id,
            r.dimension_value,
            r.variation_id,
            r.quantile_fraction,
            MAX(r.observation_count) AS observation_count,
            CAST(MAX(r.observation_count) - 1 AS float) * r.quantile_fraction AS place
        FROM #ranked AS r
        GROUP BY r.analysis_mode, r.metric_id, r.dimension_id, r.dimension_value, r.variation_id, r.quantile_fraction
    )
    SELECT
        q.analysis_mode,
        q.metric_id,
        q.dimension_id,
        q.dimension_value,
        q.variation_id,
        q.quantile_fraction,
        q.observation_count,
        MIN(CASE WHEN CAST(r.last_rank AS float) > FLOOR(q.place) THEN r.event_value END)
            + (q.place - FLOOR(q.place))
            * (
                MIN(CASE WHEN CAST(r.last_rank AS float) > CEILING(q.place) THEN r.event_value END)
                - MIN(CASE WHEN CAST(r.last_rank AS float) > FLOOR(q.place) THEN r.event_value END)
            ) AS quantile_value
    INTO #quantiles
    FROM places AS q
    INNER JOIN #ranked AS r
        ON r.analysis_mode = q.analysis_mode
        AND r.metric_id = q.metric_id
        AND r.dimension_id = q.dimension_id
        AND r.dimension_value = q.dimension_value
        AND r.variation_id = q.variation_id
    GROUP BY q.analysis_mode, q.metric_id, q.dimension_id, q.dimension_value, q.variation_id, q.quantile_fraction,
        q.observation_count, q.place;

    SELECT
        v.analysis_mode,
        v.metric_id,
        v.dimension_id,
        v.dimension_value,
        v.metric_version,
        v.variation_id,
        v.weight_epoch,
        v.unit_number,
        CAST(SUM(v.value_count) AS float) AS n,
        CAST
        (
            SUM(CASE WHEN v.event_value <= q.quantile_value THEN v.value_count ELSE CAST(0 AS bigint) END) AS float
        ) AS j,
        CAST
        (
            SUM(CASE WHEN v.event_value = q.quantile_value THEN v.value_count ELSE CAST(0 AS bigint) END) AS float
        ) AS a
    INTO #units
    FROM #values AS v
    INNER JOIN #quantiles AS q
        ON q.analysis_mode = v.analysis_mode
        AND q.metric_id = v.metric_id
        AND q.dimension_id = v.dimension_id
        AND q.dimension_value = v.dimension_value
        AND q.variation_id = v.variation_id
    GROUP BY v.analysis_mode, v.metric_id, v.dimension_id, v.dimension_value, v.metric_version, v.variation_id,
        v.weight_epoch, v.unit_number;

    WITH shares AS
    (
        SELECT
            u.analysis_mode,
            u.metric_id,
            u.dimension_id,
            u.dimension_value,
            u.metric_version,
            u.variation_id,
            u.weight_epoch,
            COUNT_BIG(*) AS unit_count,
            SUM(u.n) AS sum_n,
            SUM(u.j) / NULLIF(SUM(u.n), 0) AS share_at_or_below,
            SUM(u.a) / NULLIF(SUM(u.n), 0) AS atom_share
        FROM #units AS u
        GROUP BY u.analysis_mode, u.metric_id, u.dimension_id, u.dimension_value, u.metric_version, u.variation_id,
            u.weight_epoch
    ),
    residuals AS
    (
        SELECT
            s.analysis_mode,
            s.metric_id,
            s.dimension_id,
            s.dimension_value,
            s.variation_id,
            SUM((u.j - s.share_at_or_below * u.n) * (u.j - s.share_at_or_below * u.n)) AS sum_residual_sq
        FROM shares AS s
        INNER JOIN #units AS u
            ON u.analysis_mode = s.analysis_mode
            AND u.metric_id = s.metric_id
            AND u.dimension_id = s.dimension_id
            AND u.dimension_value = s.dimension_value
            AND u.variation_id = s.variation_id
        GROUP BY s.analysis_mode, s.metric_id, s.dimension_id, s.dimension_value, s.variation_id
    ),
    bounded AS
    (
        SELECT
            s.analysis_mode,
            s.metric_id,
            s.dimension_id,
            s.dimension_value,
            s.metric_version,
            s.variation_id,
            s.weight_epoch,
            s.unit_count,
            s.share_at_or_below,
            s.atom_share,
            e.sum_residual_sq,
            q.quantile_fraction,
            q.observation_count,
            q.quantile_value,
            v.level_variance,
            b.lower_rank,
            b.upper_rank
        FROM shares AS s
        INNER JOIN residuals AS e
            ON e.analysis_mode = s.analysis_mode
            AND e.metric_id = s.metric_id
            AND e.dimension_id = s.dimension_id
            AND e.dimension_value = s.dimension_value
            AND e.variation_id = s.variation_id
        INNER JOIN #quantiles AS q
            ON q.analysis_mode = s.analysis_mode
            AND q.metric_id = s.metric_id
            AND q.dimension_id = s.dimension_id
            AND q.dimension_value = s.dimension_value
            AND q.variation_id = s.variation_id
        CROSS APPLY
        (
            SELECT
                CAST(s.unit_count AS float) / NULLIF(CAST(s.unit_count - 1 AS float), 0) * e.sum_residual_sq
                    / NULLIF(s.sum_n * s.sum_n, 0) AS level_variance
        ) AS v
        CROSS APPLY
        (
            SELECT
                FLOOR
                (
                    CAST(q.observation_count AS float)
                        * (q.quantile_fraction - 1.959963984540054e0 * SQRT(v.level_variance))
                ) AS lower_place,
                CEILING
                (
                    CAST(q.observation_count AS float)
                        * (q.quantile_fraction + 1.959963984540054e0 * SQRT(v.level_variance))
                ) AS upper_place
        ) AS f
        CROSS APPLY
        (
            SELECT
                CAST
                (
                    CASE
                        WHEN f.lower_place < 1 THEN 1e0
                        WHEN f.lower_place > CAST(q.observation_count AS float) THEN CAST(q.observation_count AS float)
                        ELSE f.lower_place
                    END AS bigint
                ) AS lower_rank,
                CAST
                (
                    CASE
                        WHEN f.upper_place < 1 THEN 1e0
                        WHEN f.upper_place > CAST(q.observation_count AS float) THEN CAST(q.observation_count AS float)
                        ELSE f.upper_place
                    END AS bigint
                ) AS upper_rank
        ) AS b
    )
    SELECT
        b.analysis_mode,
        b.metric_id,
        b.dimension_id,
        b.dimension_value,
        b.metric_version,
        b.variation_id,
        b.weight_epoch,
        b.quantile_fraction,
        b.unit_count AS n_units,
        b.observation_count,
        b.quantile_value,
        b.share_at_or_below,
        b.sum_residual_sq,
        b.level_variance,
        b.lower_rank,
        b.upper_rank,
        MIN(CASE WHEN r.last_rank >= b.lower_rank THEN r.event_value END) AS lower_value,
        MIN(CASE WHEN r.last_rank >= b.upper_rank THEN r.event_value END) AS upper_value,
        b.atom_share
    INTO #final
    FROM bounded AS b
    INNER JOIN #ranked AS r
        ON r.analysis_mode = b.analysis_mode
        AND r.metric_id = b.metric_id
        AND r.dimension_id = b.dimension_id
        AND r.dimension_value = b.dimension_value
        AND r.variation_id = b.variation_id
    GROUP BY b.analysis_mode, b.metric_id, b.dimension_id, b.dimension_value, b.metric_version, b.variation_id,
        b.weight_epoch, b.quantile_fraction, b.unit_count, b.observation_count, b.quantile_value, b.share_at_or_below,
        b.sum_residual_sq, b.level_variance, b.lower_rank, b.upper_rank, b.atom_share;

    INSERT INTO marts.agg_experiment_metric_quantiles
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, quantile_fraction,
        n_units, observation_count, quantile_value, share_at_or_below, sum_residual_sq, level_variance, lower_rank,
        upper_rank, lower_value, upper_value, atom_share, refreshed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        f.analysis_mode,
        f.metric_id,
        f.metric_version,
        f.variation_id,
        f.weight_epoch,
        f.quantile_fraction,
        f.n_units,
        f.observation_count,
        f.quantile_value,
        f.share_at_or_below,
        f.sum_residual_sq,
        f.level_variance,
        f.lower_rank,
        f.upper_rank,
        f.lower_value,
        f.upper_value,
        f.atom_share,
        @now AS refreshed_at
    FROM #final AS f
    WHERE f.dimension_id = '';

    INSERT INTO marts.agg_experiment_metric_quantiles_by_dimension
    (
        experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id,
        weight_epoch, quantile_fraction, n_units, observation_count, quantile_value, share_at_or_below,
        sum_residual_sq, level_variance, lower_rank, upper_rank, lower_value, upper_value, atom_share, refreshed_at
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
        f.quantile_fraction,
        f.n_units,
        f.observation_count,
        f.quantile_value,
        f.share_at_or_below,
        f.sum_residual_sq,
        f.level_variance,
        f.lower_rank,
        f.upper_rank,
        f.lower_value,
        f.upper_value,
        f.atom_share,
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

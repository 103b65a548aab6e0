/*
Sets the caps that one experiment's parts take from percentiles (winsor_lower, winsor_upper of the definition): one
value a metric and run, over all arms together, by linear interpolation between order statistics (Hyndman, Fan 1996,
type 7). Units without events count as 0, unless the definition takes non-zero units only. A cap that would be 0 or
below the smallest positive value leaves nothing of the metric: it is set, with the reason cap_degenerate. Sets
zero_value too: what a unit without events counts where it counts at all, 0 or the cap that holds it.
*/
CREATE OR ALTER PROCEDURE marts.load_metric_caps
    @experiment_id varchar(128),
    @watermark_at datetime2(6)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS
    (
        SELECT 1
        FROM marts.experiment_metric_parts AS p
        WHERE p.experiment_id = @experiment_id AND (p.winsor_lower IS NOT NULL OR p.winsor_upper IS NOT NULL)
    )
    BEGIN
        SELECT
            p.analysis_mode,
            p.metric_id,
            p.part_name,
            v.raw_value,
            COUNT_BIG(*) AS value_count
        INTO #values
        FROM marts.experiment_metric_parts AS p
        INNER JOIN marts.experiment_measure_units AS s
            ON s.measure_number = p.measure_number
        CROSS APPLY marts.unit_aggregate
        (
            p.aggregation, s.event_count, s.value_count, s.distinct_value_count, s.distinct_day_count,
            s.sum_value, s.min_value, s.max_value, s.anchor_at, s.first_at
        ) AS q
        CROSS APPLY marts.metric_value(q.aggregate_value, p.threshold, NULL, NULL) AS v
        WHERE p.experiment_id = @experiment_id
            AND s.experiment_id = @experiment_id
            AND (p.winsor_lower IS NOT NULL OR p.winsor_upper IS NOT NULL)
            AND s.anchor_at < p.anchored_before
            AND DATEADD(second, p.mature_seconds, s.anchor_at) <= @watermark_at
            AND v.raw_value IS NOT NULL
        GROUP BY p.analysis_mode, p.metric_id, p.part_name, v.raw_value;

        /* The analysis units that a part could have are members where clusters are randomised, else the cohort. */
        WITH zeros AS
        (
            SELECT
                p.analysis_mode,
                p.metric_id,
                p.part_name,
                COUNT_BIG(*) AS unit_count
            FROM marts.experiment_metric_parts AS p
            CROSS JOIN marts.analysis_units(@experiment_id, 0) AS u
            CROSS APPLY
            (
                SELECT CASE WHEN p.analysis_mode = 'itt' THEN u.itt_anchor_at ELSE u.exposed_anchor_at END AS anchor_at
            ) AS n
            WHERE p.experiment_id = @experiment_id
                AND (p.winsor_lower IS NOT NULL OR p.winsor_upper IS NOT NULL)
                AND p.is_zero_filled = 1
                AND p.winsor_nonzero = 0
                AND n.anchor_at < p.anchored_before
                AND DATEADD(second, p.mature_seconds, n.anchor_at) <= @watermark_at
            GROUP BY p.analysis_mode, p.metric_id, p.part_name
        ),
        counted AS
        (
            SELECT
                v.analysis_mode,
                v.metric_id,
                v.part_name,
                v.raw_value,
                v.value_count
            FROM #values AS v
            INNER JOIN marts.experiment_metric_parts AS p
                ON p.analysis_mode = v.analysis_mode AND p.metric_id = v.metric_id AND p.part_name = v.part_name
            WHERE p.experiment_id = @experiment_id AND (p.winsor_nonzero = 0 OR v.raw_value <> 0)
            UNION ALL
            SELECT
                z.analysis_mode,
                z.metric_id,
                z.part_name,
                0e0 AS raw_value,
                z.unit_count - COALESCE(t.value_count, 0) AS value_count
            FROM zeros AS z
            LEFT JOIN
            (
                SELECT
                    v.analysis_mode,
                    v.metric_id,
                    v.part_name,
                    SUM(v.value_count) AS value_count
                FROM #values AS v
                GROUP BY v.analysis_mode, v.metric_id, v.part_name
            ) AS t
                ON t.analysis_mode = z.analysis_mode AND t.metric_id = z.metric_id AND t.part_name = z.part_name
        ),
        ranked AS
        (
            SELECT
                c.analysis_mode,
                c.metric_id,
                c.part_name,
                c.raw_value,
                SUM(c.value_count) OVER
                (
                    PARTITION BY c.analysis_mode, c.metric_id, c.part_name
                    ORDER BY c.raw_value
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS last_rank,
                SUM(c.value_count) OVER (PARTITION BY c.analysis_mode, c.metric_id, c.part_name) AS unit_count
            FROM counted AS c
            WHERE c.value_count > 0
        ),
        positions AS
        (
            SELECT
                p.analysis_mode,
                p.metric_id,
                p.part_name,
                CAST(MAX(r.unit_count) - 1 AS float) * p.winsor_lower AS lower_place,
                CAST(MAX(r.unit_count) - 1 AS float) * p.winsor_upper AS upper_place,
                MIN(CASE WHEN r.raw_value > 0 THEN r.raw_value END) AS smallest_positive
            FROM marts.experiment_metric_parts AS p
            INNER JOIN ranked AS r
                ON r.analysis_mode = p.analysis_mode AND r.metric_id = p.metric_id AND r.part_name = p.part_name
            WHERE p.experiment_id = @experiment_id
            GROUP BY p.analysis_mode, p.metric_id, p.part_name, p.winsor_lower, p.winsor_upper
        ),
        order_statistics AS
        (
            SELECT
                q.analysis_mode,
                q.metric_id,
                q.part_name,
                q.lower_place - FLOOR(q.lower_place) AS lower_share,
                q.upper_place - FLOOR(q.upper_place) AS upper_share,
                q.smallest_positive,
                MIN(CASE WHEN CAST(r.last_rank AS float) > FLOOR(q.lower_place) THEN r.raw_value END) AS lower_a,
                MIN(CASE WHEN CAST(r.last_rank AS float) > CEILING(q.lower_place) THEN r.raw_value END) AS lower_b,
                MIN(CASE WHEN CAST(r.last_rank AS float) > FLOOR(q.upper_place) THEN r.raw_value END) AS upper_a,
                MIN(CASE WHEN CAST(r.last_rank AS float) > CEILING(q.upper_place) THEN r.raw_value END) AS upper_b
            FROM positions AS q
            INNER JOIN ranked AS r
                ON r.analysis_mode = q.analysis_mode AND r.metric_id = q.metric_id AND r.part_name = q.part_name
            GROUP BY q.analysis_mode, q.metric_id, q.part_name, q.lower_place, q.upper_place, q.smallest_positive
        )
        SELECT
            o.analysis_mode,
            o.metric_id,
            o.part_name,
            o.lower_a + o.lower_share * (o.lower_b - o.lower_a) AS cap_lower,
            o.upper_a + o.upper_share * (o.upper_b - o.upper_a) AS cap_upper,
            o.smallest_positive
        INTO #caps
        FROM order_statistics AS o;

        UPDATE p
        SET
            cap_lower = COALESCE(c.cap_lower, p.cap_lower),
            cap_upper = COALESCE(c.cap_upper, p.cap_upper),
            cap_reason = CASE
                WHEN c.cap_upper = 0 OR c.cap_upper < c.smallest_positive THEN 'cap_degenerate'
            END
        FROM marts.experiment_metric_parts AS p
        INNER JOIN #caps AS c
            ON c.analysis_mode = p.analysis_mode AND c.metric_id = p.metric_id AND c.part_name = p.part_name
        WHERE p.experiment_id = @experiment_id;
    END;

    UPDATE p
    SET zero_value = CASE
        WHEN p.is_zero_filled = 0 THEN NULL
        WHEN p.threshold IS NULL AND p.cap_upper < 0 THEN p.cap_upper
        WHEN p.threshold IS NULL AND p.cap_lower > 0 THEN p.cap_lower
        ELSE 0e0
    END
    FROM marts.experiment_metric_parts AS p
    WHERE p.experiment_id = @experiment_id;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds one switchback experiment's rows of marts.agg_experiment_metric_blocks; other experiments have none. Grain:
experiment x mode itt x metric x region x block that ended by the data watermark, so that no block is counted half.
A unit belongs to the region that the latest value of the experiment's region_attribute names, a unit without one to
none. n_units: the units of the region, whether they did anything in the block or not, so that a variation that keeps
units away is seen. A unit's value in a block is that of the metric's definition over its events in [block start +
burn-in, block end); 0, or the cap that holds it, without events. sum_y: the sum of those values over the region's
units; of a ratio, of its numerator. sum_n: what the sum is divided by: n_units, or for a ratio the sum of its
denominator, which has no cap.
*/
CREATE OR ALTER PROCEDURE marts.load_agg_experiment_metric_blocks
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
    DELETE FROM marts.agg_experiment_metric_blocks
    WHERE experiment_id = @experiment_id;
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

    IF EXISTS
    (
        SELECT 1
        FROM catalog.experiments AS x
        WHERE x.experiment_id = @experiment_id AND x.region_attribute IS NOT NULL
    )
    BEGIN
        SELECT
            g.unit_id,
            g.group_id AS region
        INTO #members
        FROM marts.unit_groups(@experiment_id) AS g;

        SELECT
            b.region,
            b.block_start_at,
            b.block_end_at,
            b.stratum,
            b.variation_id,
            DATEADD
            (
                second, CAST(ROUND(COALESCE(x.burn_in_hours, 0e0) * 3600e0, 0) AS int), b.block_start_at
            ) AS counted_from,
            (SELECT COUNT_BIG(*) FROM #members AS u WHERE u.region = b.region) AS unit_count
        INTO #blocks
        FROM catalog.experiment_blocks AS b
        INNER JOIN catalog.experiments AS x
            ON x.experiment_id = b.experiment_id
        WHERE b.experiment_id = @experiment_id AND b.block_end_at <= @watermark_at;

        SELECT
            p.metric_id,
            p.metric_version,
            p.part_name,
            p.event_name,
            p.filter_metric_id,
            p.filter_metric_version,
            p.aggregation,
            p.threshold,
            p.cap_lower,
            p.cap_upper,
            z.metric_value AS zero_value
        INTO #parts
        FROM catalog.experiment_metrics AS m
        INNER JOIN catalog.metric_parts AS p
            ON p.metric_id = m.metric_id AND p.metric_version = m.metric_version
        CROSS APPLY marts.metric_value(0e0, p.threshold, p.cap_lower, p.cap_upper) AS z
        WHERE m.experiment_id = @experiment_id AND p.part_name IN ('y', 'd');

        /* One row a block, unit and kind of event that metrics read, with or without filters. */
        WITH events AS
        (
            SELECT
                b.region,
                b.block_start_at,
                e.unit_id,
                e.event_name,
                e.event_value,
                CAST(NULL AS varchar(128)) AS filter_metric_id,
                CAST(NULL AS int) AS filter_metric_version
            FROM marts.fct_metric_events AS e
            INNER JOIN #members AS u
                ON u.unit_id = e.unit_id
            INNER JOIN #blocks AS b
                ON b.region = u.region AND e.event_at >= b.counted_from AND e.event_at < b.block_end_at
            WHERE e.event_name IN (SELECT p.event_name FROM #parts AS p WHERE p.filter_metric_id IS NULL)
            UNION ALL
            SELECT
                b.region,
                b.block_start_at,
                e.unit_id,
                e.event_name,
                e.event_value,
                f.filter_metric_id,
                f.filter_metric_version
            FROM marts.fct_metric_events AS e
            INNER JOIN marts.filter_events AS f
                ON f.load_id = e.load_id AND f.line_number = e.line_number
            INNER JOIN
            (
                SELECT DISTINCT
                    p.event_name,
                    p.filter_metric_id,
                    p.filter_metric_version
                FROM #parts AS p
            ) AS w
                ON w.event_name = e.event_name
                AND w.filter_metric_id = f.filter_metric_id
                AND w.filter_metric_version = f.filter_metric_version
            INNER JOIN #members AS u
                ON u.unit_id = e.unit_id
            INNER JOIN #blocks AS b
                ON b.region = u.region AND e.event_at >= b.counted_from AND e.event_at < b.block_end_at
        )
        SELECT
            e.region,
            e.block_start_at,
            e.unit_id,
            e.event_name,
            COALESCE(e.filter_metric_id, '') AS filter_metric_id,
            COALESCE(e.filter_metric_version, 0) AS filter_metric_version,
            COUNT_BIG(*) AS event_count,
            COUNT_BIG(e.event_value) AS value_count,
            SUM(e.event_value) AS sum_value
        INTO #unit_events
        FROM events AS e
        GROUP BY e.region, e.block_start_at, e.unit_id, e.event_name, COALESCE(e.filter_metric_id, ''),
            COALESCE(e.filter_metric_version, 0);

        SELECT
            p.metric_id,
            p.metric_version,
            p.part_name,
            g.region,
            g.block_start_at,
            COUNT_BIG(*) AS active_count,
            SUM(v.metric_value) AS sum_value
        INTO #sums
        FROM #unit_events AS g
        INNER JOIN #parts AS p
            ON p.event_name = g.event_name
            AND COALESCE(p.filter_metric_id, '') = g.filter_metric_id
            AND COALESCE(p.filter_metric_version, 0) = g.filter_metric_version
        CROSS APPLY marts.unit_aggregate
        (
            p.aggregation, g.event_count, g.value_count, NULL, NULL, g.sum_value, NULL, NULL, NULL, NULL
        ) AS a
        CROSS APPLY marts.metric_value(a.aggregate_value, p.threshold, p.cap_lower, p.cap_upper) AS v
        GROUP BY p.metric_id, p.metric_version, p.part_name, g.region, g.block_start_at;

        INSERT INTO marts.agg_experiment_metric_blocks
        (
            experiment_id, analysis_mode, metric_id, metric_version, region, block_start_at, stratum, variation_id,
            n_units, sum_n, sum_y, watermark_at, refreshed_at
        )
        SELECT
            @experiment_id AS experiment_id,
            'itt' AS analysis_mode,
            y.metric_id,
            y.metric_version,
            b.region,
            b.block_start_at,
            b.stratum,
            b.variation_id,
            b.unit_count AS n_units,
            CASE
                WHEN d.metric_id IS NULL THEN CAST(b.unit_count AS float)
                ELSE COALESCE(e.sum_value, 0e0)
            END AS sum_n,
            COALESCE(s.sum_value, 0e0)
                + CAST(b.unit_count - COALESCE(s.active_count, 0) AS float) * y.zero_value AS sum_y,
            @watermark_at AS watermark_at,
            @now AS refreshed_at
        FROM #blocks AS b
        CROSS JOIN #parts AS y
        LEFT JOIN #parts AS d
            ON d.metric_id = y.metric_id AND d.metric_version = y.metric_version AND d.part_name = 'd'
        LEFT JOIN #sums AS s
            ON s.metric_id = y.metric_id
            AND s.metric_version = y.metric_version
            AND s.part_name = 'y'
            AND s.region = b.region
            AND s.block_start_at = b.block_start_at
        LEFT JOIN #sums AS e
            ON e.metric_id = y.metric_id
            AND e.metric_version = y.metric_version
            AND e.part_name = 'd'
            AND e.region = b.region
            AND e.block_start_at = b.block_start_at
        WHERE y.part_name = 'y';
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

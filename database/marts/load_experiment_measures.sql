/*
Rebuilds one experiment's rows of marts.experiment_measures, marts.experiment_measure_units,
marts.experiment_measure_values and marts.experiment_metric_parts. A measure is a distinct (event, filters, distinct
attribute, window) of the experiment's metrics, in each analysis mode; metrics, denominators and covariates share them.
One sparse row a measure and unit that has events in its window (marts.measure_events). Units without events have no
row: they are added where the aggregates are made. Where the experiment randomises clusters, the events are those of the
clusters' members, and measure 0 (of mode exposed, -1) has one row a member. With @changed_only = 1 the rows of the
units in marts.refresh_units are made again and all others kept; the experiment's definition must be the one they were
made by.
*/
CREATE OR ALTER PROCEDURE marts.load_experiment_measures
    @experiment_id varchar(128),
    @changed_only int = 0
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @start_at datetime2(6);
DECLARE @computed_modes varchar(16);
DECLARE @cluster_attribute varchar(128);
DECLARE @message varchar(400);
SELECT
    @start_at = x.start_at,
    @computed_modes = COALESCE(x.computed_modes, 'both'),
    @cluster_attribute = x.cluster_attribute
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
    DELETE FROM marts.experiment_measure_units
    WHERE experiment_id = @experiment_id
        AND
        (
            @changed_only = 0
            OR unit_number IN
            (
                SELECT r.unit_number
                FROM marts.refresh_units AS r
                WHERE r.experiment_id = @experiment_id AND r.unit_number IS NOT NULL
            )
        );
    DELETE FROM marts.experiment_measure_values
    WHERE experiment_id = @experiment_id
        AND
        (
            @changed_only = 0
            OR unit_number IN
            (
                SELECT r.unit_number
                FROM marts.refresh_units AS r
                WHERE r.experiment_id = @experiment_id AND r.unit_number IS NOT NULL
            )
        );
    DELETE FROM marts.experiment_measures
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.experiment_metric_parts
    WHERE experiment_id = @experiment_id;

    SELECT
        modes.analysis_mode,
        p.metric_id,
        p.metric_version,
        p.part_name,
        p.metric_type,
        p.event_name,
        p.filter_metric_id,
        p.filter_metric_version,
        p.distinct_attribute,
        p.aggregation,
        p.threshold,
        p.window_start_seconds,
        p.window_end_seconds,
        p.mature_seconds,
        p.eligibility_hours,
        p.cap_lower,
        p.cap_upper,
        p.winsor_lower,
        p.winsor_upper,
        p.winsor_nonzero
    INTO #wanted
    FROM catalog.experiment_metrics AS m
    INNER JOIN catalog.metric_parts AS p
        ON p.metric_id = m.metric_id AND p.metric_version = m.metric_version
    CROSS JOIN (VALUES ('itt'), ('exposed')) AS modes (analysis_mode)
    WHERE m.experiment_id = @experiment_id AND @computed_modes IN ('both', modes.analysis_mode);

    INSERT INTO marts.experiment_measures
    (
        experiment_id, analysis_mode, measure_number, event_name, filter_metric_id, filter_metric_version,
        distinct_attribute, window_start_seconds, window_end_seconds, has_distinct_values, has_distinct_days,
        has_event_values, has_tenure_days
    )
    SELECT
        @experiment_id AS experiment_id,
        g.analysis_mode,
        CAST
        (
            ROW_NUMBER() OVER
            (
                ORDER BY g.analysis_mode, g.event_name, g.window_start_seconds, g.window_end_seconds,
                    g.filter_metric_id, g.filter_metric_version, g.distinct_attribute
            ) AS int
        ) AS measure_number,
        g.event_name,
        g.filter_metric_id,
        g.filter_metric_version,
        g.distinct_attribute,
        g.window_start_seconds,
        g.window_end_seconds,
        g.has_distinct_values,
        g.has_distinct_days,
        g.has_event_values,
        CASE WHEN @cluster_attribute IS NULL THEN g.has_tenure_days ELSE 0 END AS has_tenure_days
    FROM
    (
        SELECT
            w.analysis_mode,
            w.event_name,
            w.filter_metric_id,
            w.filter_metric_version,
            w.distinct_attribute,
            w.window_start_seconds,
            w.window_end_seconds,
            MAX(CASE WHEN w.aggregation = 'distinct_values' THEN 1 ELSE 0 END) AS has_distinct_values,
            MAX(CASE WHEN w.aggregation = 'distinct_days' THEN 1 ELSE 0 END) AS has_distinct_days,
            MAX(CASE WHEN w.metric_type = 'quantile' AND w.part_name = 'y' THEN 1 ELSE 0 END) AS has_event_values,
            MAX
            (
                CASE
                    WHEN w.part_name = 'y' AND w.metric_type = 'retention' THEN 1
                    WHEN w.part_name = 'y'
                        AND w.metric_type IN ('mean', 'proportion')
                        AND w.aggregation IN ('count', 'value_count', 'sum')
                        THEN 1
                    ELSE 0
                END
            ) AS has_tenure_days
        FROM #wanted AS w
        GROUP BY w.analysis_mode, w.event_name, w.filter_metric_id, w.filter_metric_version, w.distinct_attribute,
            w.window_start_seconds, w.window_end_seconds
    ) AS g;

    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        threshold, is_zero_filled, part_count, mature_seconds, anchored_before, winsor_lower, winsor_upper,
        winsor_nonzero, cap_lower, cap_upper, cap_reason, center_value
    )
    SELECT
        @experiment_id AS experiment_id,
        w.analysis_mode,
        w.metric_id,
        w.metric_version,
        w.part_name,
        m.measure_number,
        w.metric_type,
        w.aggregation,
        w.threshold,
        CASE
            WHEN w.aggregation IN ('count', 'value_count', 'sum', 'distinct_values', 'distinct_days') THEN 1
            ELSE 0
        END AS is_zero_filled,
        t.part_count + CASE WHEN @cluster_attribute IS NOT NULL THEN 1 ELSE 0 END AS part_count,
        t.mature_seconds,
        COALESCE
        (
            DATEADD(second, CAST(ROUND(w.eligibility_hours * 3600e0, 0) AS int), @start_at),
            CAST('9999-12-31' AS datetime2(6))
        ) AS anchored_before,
        w.winsor_lower,
        w.winsor_upper,
        w.winsor_nonzero,
        w.cap_lower,
        w.cap_upper,
        NULL AS cap_reason,
        0e0 AS center_value
    FROM #wanted AS w
    INNER JOIN
    (
        SELECT
            w.analysis_mode,
            w.metric_id,
            CAST(COUNT_BIG(*) AS int) AS part_count,
            MAX(w.mature_seconds) AS mature_seconds
        FROM #wanted AS w
        GROUP BY w.analysis_mode, w.metric_id
    ) AS t
        ON t.analysis_mode = w.analysis_mode AND t.metric_id = w.metric_id
    INNER JOIN marts.experiment_measures AS m
        ON m.analysis_mode = w.analysis_mode
        AND m.event_name = w.event_name
        AND COALESCE(m.filter_metric_id, '') = COALESCE(w.filter_metric_id, '')
        AND COALESCE(m.filter_metric_version, -1) = COALESCE(w.filter_metric_version, -1)
        AND COALESCE(m.distinct_attribute, '') = COALESCE(w.distinct_attribute, '')
        AND m.window_start_seconds = w.window_start_seconds
        AND COALESCE(m.window_end_seconds, -1) = COALESCE(w.window_end_seconds, -1)
    WHERE m.experiment_id = @experiment_id;

    /*
    The mean over a cluster's members: their number is the denominator of every metric that has none. Of one that has
    its own, the number n tells how many members have no events.
    */
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        threshold, is_zero_filled, part_count, mature_seconds, anchored_before, winsor_lower, winsor_upper,
        winsor_nonzero, cap_lower, cap_upper, cap_reason, center_value
    )
    SELECT
        p.experiment_id,
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        CASE WHEN w.part_name IS NULL THEN 'd' ELSE 'n' END AS part_name,
        CASE WHEN p.analysis_mode = 'itt' THEN 0 ELSE -1 END AS measure_number,
        p.metric_type,
        'count' AS aggregation,
        NULL AS threshold,
        1 AS is_zero_filled,
        p.part_count,
        p.mature_seconds,
        p.anchored_before,
        NULL AS winsor_lower,
        NULL AS winsor_upper,
        0 AS winsor_nonzero,
        NULL AS cap_lower,
        NULL AS cap_upper,
        NULL AS cap_reason,
        0e0 AS center_value
    FROM marts.experiment_metric_parts AS p
    LEFT JOIN #wanted AS w
        ON w.analysis_mode = p.analysis_mode AND w.metric_id = p.metric_id AND w.part_name = 'd'
    WHERE p.experiment_id = @experiment_id AND p.part_name = 'y' AND @cluster_attribute IS NOT NULL;

    /* The members of clusters, whose number is measure 0. */
    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, measure_number, unit_number, member_number, arm_number, event_count, value_count,
        distinct_value_count, distinct_day_count, sum_value, min_value, max_value, anchor_at, first_at
    )
    SELECT
        @experiment_id AS experiment_id,
        n.measure_number,
        u.unit_number,
        u.member_number,
        u.arm_number,
        1 AS event_count,
        0 AS value_count,
        NULL AS distinct_value_count,
        NULL AS distinct_day_count,
        NULL AS sum_value,
        NULL AS min_value,
        NULL AS max_value,
        n.anchor_at,
        n.anchor_at AS first_at
    FROM marts.analysis_units(@experiment_id, @changed_only) AS u
    CROSS APPLY (VALUES (0, u.itt_anchor_at), (-1, u.exposed_anchor_at)) AS n (measure_number, anchor_at)
    WHERE @cluster_attribute IS NOT NULL AND n.anchor_at IS NOT NULL;

    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, measure_number, unit_number, member_number, arm_number, event_count, value_count,
        distinct_value_count, distinct_day_count, sum_value, min_value, max_value, anchor_at, first_at
    )
    SELECT
        @experiment_id AS experiment_id,
        e.measure_number,
        e.unit_number,
        e.member_number,
        MAX(e.arm_number) AS arm_number,
        COUNT_BIG(*) AS event_count,
        COUNT_BIG(e.event_value) AS value_count,
        NULL AS distinct_value_count,
        NULL AS distinct_day_count,
        SUM(e.event_value) AS sum_value,
        MIN(e.event_value) AS min_value,
        MAX(e.event_value) AS max_value,
        MAX(e.anchor_at) AS anchor_at,
        MIN(e.event_at) AS first_at
    FROM marts.measure_events(@experiment_id, @changed_only) AS e
    GROUP BY e.measure_number, e.unit_number, e.member_number;

    /* Distinct values and days, and the values of quantiles, read the events of their measures again. */
    IF EXISTS
    (
        SELECT 1
        FROM marts.experiment_measures AS m
        WHERE m.experiment_id = @experiment_id AND (m.has_distinct_values = 1 OR m.has_distinct_days = 1)
    )
    BEGIN
        WITH events AS
        (
            SELECT
                e.measure_number,
                e.unit_number,
                e.member_number,
                e.anchor_at,
                e.load_id,
                e.line_number,
                e.event_name,
                e.event_value,
                e.event_at,
                m.distinct_attribute,
                m.has_distinct_values,
                m.has_distinct_days
            FROM marts.measure_events(@experiment_id, @changed_only) AS e
            INNER JOIN marts.experiment_measures AS m
                ON m.measure_number = e.measure_number
            WHERE m.experiment_id = @experiment_id AND (m.has_distinct_values = 1 OR m.has_distinct_days = 1)
        ),
        counts AS
        (
            SELECT
                e.measure_number,
                e.unit_number,
                e.member_number,
                COUNT_BIG(DISTINCT e.event_value) AS distinct_value_count,
                CAST(NULL AS bigint) AS distinct_day_count
            FROM events AS e
            WHERE e.has_distinct_values = 1 AND e.distinct_attribute IS NULL
            GROUP BY e.measure_number, e.unit_number, e.member_number
            UNION ALL
            SELECT
                e.measure_number,
                e.unit_number,
                e.member_number,
                COUNT_BIG(DISTINCT v.attribute_value) AS distinct_value_count,
                CAST(NULL AS bigint) AS distinct_day_count
            FROM events AS e
            INNER JOIN marts.event_attributes AS v
                ON v.event_name = e.event_name
                AND v.attribute = e.distinct_attribute
                AND v.load_id = e.load_id
                AND v.line_number = e.line_number
            WHERE e.has_distinct_values = 1
            GROUP BY e.measure_number, e.unit_number, e.member_number
            UNION ALL
            SELECT
                e.measure_number,
                e.unit_number,
                e.member_number,
                CAST(0 AS bigint) AS distinct_value_count,
                COUNT_BIG
                (
                    DISTINCT FLOOR
                    (
                        CAST(DATEDIFF_BIG(microsecond, e.anchor_at, e.event_at) AS float) / 86400000000e0
                    )
                ) AS distinct_day_count
            FROM events AS e
            WHERE e.has_distinct_days = 1
            GROUP BY e.measure_number, e.unit_number, e.member_number
        )
        SELECT
            c.measure_number,
            c.unit_number,
            c.member_number,
            MAX(c.distinct_value_count) AS distinct_value_count,
            MAX(c.distinct_day_count) AS distinct_day_count
        INTO #distinct
        FROM counts AS c
        GROUP BY c.measure_number, c.unit_number, c.member_number;

        UPDATE s
        SET
            distinct_value_count = d.distinct_value_count,
            distinct_day_count = d.distinct_day_count
        FROM marts.experiment_measure_units AS s
        INNER JOIN #distinct AS d
            ON d.measure_number = s.measure_number
            AND d.unit_number = s.unit_number
            AND d.member_number = s.member_number
        WHERE s.experiment_id = @experiment_id;
    END;

    IF EXISTS
    (
        SELECT 1
        FROM marts.experiment_measures AS m
        WHERE m.experiment_id = @experiment_id AND m.has_event_values = 1
    )
        INSERT INTO marts.experiment_measure_values
        (
            experiment_id, measure_number, unit_number, member_number, event_value, arm_number, value_count, anchor_at
        )
        SELECT
            @experiment_id AS experiment_id,
            e.measure_number,
            e.unit_number,
            e.member_number,
            e.event_value,
            MAX(e.arm_number) AS arm_number,
            COUNT_BIG(*) AS value_count,
            MAX(e.anchor_at) AS anchor_at
        FROM marts.measure_events(@experiment_id, @changed_only) AS e
        INNER JOIN marts.experiment_measures AS m
            ON m.measure_number = e.measure_number
        WHERE m.experiment_id = @experiment_id AND m.has_event_values = 1 AND e.event_value IS NOT NULL
        GROUP BY e.measure_number, e.unit_number, e.member_number, e.event_value;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

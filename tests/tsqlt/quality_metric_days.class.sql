/* quality.metric_days: what the units of a metric's window did on each calendar day. */
EXEC tSQLt.NewTestClass 'quality_metric_days';
GO
CREATE PROCEDURE quality_metric_days.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-05' AS datetime2(6)));
    INSERT INTO marts.experiment_measures
        (experiment_id, analysis_mode, measure_number, event_name, window_start_seconds, window_end_seconds)
    VALUES ('exp_1', 'itt', 1, 'buy', 0, 172800), ('exp_1', 'exposed', 1, 'buy', 0, NULL);
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        threshold, anchored_before
    )
    VALUES
        ('exp_1', 'itt', 'revenue', 1, 'y', 1, 'mean', 'sum', NULL, CAST('9999-12-31' AS datetime2(6))),
        ('exp_1', 'itt', 'buyers', 1, 'y', 1, 'proportion', 'count', 2e0, CAST('9999-12-31' AS datetime2(6))),
        ('exp_1', 'itt', 'largest', 1, 'y', 1, 'mean', 'max', NULL, CAST('9999-12-31' AS datetime2(6))),
        ('exp_1', 'itt', 'revenue', 1, 'x', 1, 'mean', 'sum', NULL, CAST('9999-12-31' AS datetime2(6)));
END;
GO
CREATE PROCEDURE quality_metric_days.[test no units give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'quality.metric_days';
END;
GO
CREATE PROCEDURE quality_metric_days.[test a unit's window covers the days from its start to its last microsecond]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at, exposed_anchor_at)
    VALUES
        ('exp_1', 'u1', 'a', 1, 0, CAST('2026-01-01' AS datetime2(6)), NULL),
        ('exp_1', 'u2', 'a', 1, 0, CAST('2026-01-01T00:00:00.000001' AS datetime2(6)), NULL);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    VALUES
        ('e1', 'u1', 'buy', 3e0, CAST('2026-01-01T10:00:00' AS datetime2(6)), 1), ('e2', 'u1', 'buy', 4e0, CAST('2026-01-01T11:00:00' AS datetime2(6)), 1),
        ('e3', 'u1', 'buy', 100e0, CAST('2026-01-03' AS datetime2(6)), 1), ('e4', 'u2', 'buy', 5e0, CAST('2026-01-03' AS datetime2(6)), 1),
        ('e5', 'u2', 'view', 100e0, CAST('2026-01-04T06:00:00' AS datetime2(6)), 1);

    SELECT
        s.variation_id,
        s.metric_date,
        s.unit_count,
        s.active_count,
        ROUND(s.sum_value, 9) AS sum_value,
        ROUND(s.sum_centered_sq, 9) AS sum_centered_sq,
        s.is_partial
    INTO #actual
    FROM quality.metric_days AS s
    WHERE s.metric_id = 'revenue';

    SELECT TOP (0)
        a.variation_id,
        a.metric_date,
        a.unit_count,
        a.active_count,
        a.sum_value,
        a.sum_centered_sq,
        a.is_partial
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        variation_id, metric_date, unit_count, active_count, sum_value, sum_centered_sq, is_partial
    )
    /* Day 1: 7 and 0, squares about 3.5; day 3: only u2 is left in its window. */
    VALUES
        ('a', CAST('2026-01-01' AS date), 2, 1, 7e0, 24.5e0, 0), ('a', CAST('2026-01-02' AS date), 2, 0, 0e0, 0e0, 0),
        ('a', CAST('2026-01-03' AS date), 1, 1, 5e0, 0e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_days.[test a proportion's value of a day is 1 from its threshold on, and squares are centred]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at, exposed_anchor_at)
    VALUES
        ('exp_1', 'u1', 'a', 1, 0, CAST('2026-01-01' AS datetime2(6)), NULL), ('exp_1', 'u2', 'a', 1, 0, CAST('2026-01-01' AS datetime2(6)), NULL),
        ('exp_1', 'u3', 'a', 1, 0, CAST('2026-01-01' AS datetime2(6)), NULL);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    VALUES
        ('e1', 'u1', 'buy', 3e0, CAST('2026-01-01T10:00:00' AS datetime2(6)), 1), ('e2', 'u1', 'buy', NULL, CAST('2026-01-01T11:00:00' AS datetime2(6)), 1),
        ('e3', 'u2', 'buy', 6e0, CAST('2026-01-01T10:00:00' AS datetime2(6)), 1);

    SELECT
        s.metric_id,
        s.metric_date,
        s.unit_count,
        s.active_count,
        ROUND(s.sum_value, 9) AS sum_value,
        ROUND(s.sum_centered_sq, 9) AS sum_centered_sq,
        s.is_partial
    INTO #actual
    FROM quality.metric_days AS s;

    SELECT TOP (0)
        a.metric_id,
        a.metric_date,
        a.unit_count,
        a.active_count,
        a.sum_value,
        a.sum_centered_sq,
        a.is_partial
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, metric_date, unit_count, active_count, sum_value, sum_centered_sq, is_partial)
    /* buyers 1, 0, 0: squares 2/3; revenue 3, 6, 0: squares 45 - 81/3. The watermark is on the first day. */
    VALUES
        ('buyers', CAST('2026-01-01' AS date), 3, 2, 1e0, ROUND(2e0 / 3e0, 9), 1),
        ('revenue', CAST('2026-01-01' AS date), 3, 2, 9e0, 18e0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_days.[test a mode counts its own units from its own anchor, to the end of the experiment]
AS
BEGIN
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        anchored_before
    )
    VALUES ('exp_1', 'exposed', 'revenue', 1, 'y', 1, 'mean', 'sum', CAST('9999-12-31' AS datetime2(6)));
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at, exposed_anchor_at)
    VALUES
        ('exp_1', 'u1', 'a', 1, 1, CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6))), ('exp_1', 'u2', 'a', 0, 0, CAST('2026-01-01' AS datetime2(6)), NULL);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    VALUES
        ('e1', 'u1', 'buy', 3e0, CAST('2026-01-02' AS datetime2(6)), 1), ('e2', 'u1', 'buy', 4e0, CAST('2026-01-04T23:59:59.999999' AS datetime2(6)), 1),
        ('e3', 'u1', 'buy', 5e0, CAST('2026-01-05' AS datetime2(6)), 1), ('e4', 'u2', 'buy', 9e0, CAST('2026-01-07' AS datetime2(6)), 1);

    SELECT
        s.metric_date,
        s.unit_count,
        ROUND(s.sum_value, 9) AS sum_value
    INTO #actual
    FROM quality.metric_days AS s
    WHERE s.analysis_mode = 'exposed';

    SELECT TOP (0)
        a.metric_date,
        a.unit_count,
        a.sum_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_date, unit_count, sum_value)
    VALUES (CAST('2026-01-03' AS date), 1, 0e0), (CAST('2026-01-04' AS date), 1, 4e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_days.[test events that come after those of a later day are late]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at, exposed_anchor_at)
    VALUES
        ('exp_1', 'u1', 'a', 1, 0, CAST('2026-01-01' AS datetime2(6)), NULL);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    VALUES
        ('e1', 'u1', 'buy', 1e0, CAST('2026-01-01T01:00:00' AS datetime2(6)), 1), ('e2', 'u1', 'buy', 1e0, CAST('2026-01-02T01:00:00' AS datetime2(6)), 1),
        ('e3', 'u1', 'buy', 1e0, CAST('2026-01-01T02:00:00' AS datetime2(6)), 2), ('e4', 'u1', 'buy', 1e0, CAST('2026-01-02T00:30:00' AS datetime2(6)), 2);

    SELECT
        s.metric_date,
        ROUND(s.sum_value, 9) AS sum_value,
        s.late_event_count
    INTO #actual
    FROM quality.metric_days AS s
    WHERE s.metric_id = 'revenue';

    SELECT TOP (0)
        a.metric_date,
        a.sum_value,
        a.late_event_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_date, sum_value, late_event_count)
    VALUES (CAST('2026-01-01' AS date), 2e0, 1), (CAST('2026-01-02' AS date), 2e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

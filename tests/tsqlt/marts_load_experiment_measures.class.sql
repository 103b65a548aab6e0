/* marts.load_experiment_measures: shared measures, and the events of a unit inside the window. */
EXEC tSQLt.NewTestClass 'marts_load_experiment_measures';
GO
CREATE PROCEDURE marts_load_experiment_measures.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_units';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'catalog.metric_filters';
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES
        ('exp_1', 1, 'control', 1);
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO catalog.metric_definitions
        (metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours)
    VALUES
        ('bought', 1, 'proportion', 'purchase', 'count', 0e0, 24e0),
        ('revenue', 1, 'mean', 'purchase', 'sum', 0e0, 24e0),
        ('visits', 1, 'mean', 'visit', 'count', 0e0, NULL);
END;
GO
CREATE PROCEDURE marts_load_experiment_measures.[test no metrics give no measures]
AS
BEGIN
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.experiment_measures';
    EXEC tSQLt.AssertEmptyTable 'marts.experiment_measure_units';
END;
GO
CREATE PROCEDURE marts_load_experiment_measures.[test metrics of the same event and window share a measure, ties in order by event]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'visits', 1), ('exp_1', 'revenue', 1), ('exp_1', 'bought', 1);

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';

    SELECT
        m.analysis_mode,
        m.measure_number,
        m.event_name,
        m.window_start_seconds,
        m.window_end_seconds
    INTO #actual
    FROM marts.experiment_measures AS m;
    SELECT TOP (0)
        a.analysis_mode,
        a.measure_number,
        a.event_name,
        a.window_start_seconds,
        a.window_end_seconds
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (analysis_mode, measure_number, event_name, window_start_seconds, window_end_seconds)
    VALUES
        ('exposed', 1, 'purchase', 0, 86400), ('exposed', 2, 'visit', 0, NULL),
        ('itt', 3, 'purchase', 0, 86400), ('itt', 4, 'visit', 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_experiment_measures.[test one unit: each mode counts from its own anchor]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at, exposed_anchor_at)
    VALUES
    (
        'exp_1', 'u1', 1, 'control', 1, 1, 1, 1, CAST('2026-01-02T00:00:00' AS datetime2(6)),
        CAST('2026-01-02T12:00:00' AS datetime2(6))
    );
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 'purchase', 5e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e2', 'u1', 'purchase', 7e0, CAST('2026-01-02T18:00:00' AS datetime2(6))),
        ('e3', 'u1', 'visit', 1e0, CAST('2026-01-02T18:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';

    SELECT
        m.analysis_mode,
        c.unit_id,
        u.arm_number,
        u.event_count,
        u.value_count,
        ROUND(u.sum_value, 9) AS sum_value,
        u.min_value,
        u.max_value,
        u.anchor_at,
        u.first_at
    INTO #actual
    FROM marts.experiment_measure_units AS u
    INNER JOIN marts.experiment_measures AS m
        ON m.experiment_id = u.experiment_id AND m.measure_number = u.measure_number
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.experiment_id = u.experiment_id AND c.unit_number = u.unit_number;
    SELECT TOP (0)
        a.analysis_mode,
        a.unit_id,
        a.arm_number,
        a.event_count,
        a.value_count,
        a.sum_value,
        a.min_value,
        a.max_value,
        a.anchor_at,
        a.first_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        analysis_mode, unit_id, arm_number, event_count, value_count, sum_value, min_value, max_value, anchor_at,
        first_at
    )
    VALUES
    (
        'itt', 'u1', 1, 2, 2, 12e0, 5e0, 7e0, CAST('2026-01-02T00:00:00' AS datetime2(6)),
        CAST('2026-01-02T06:00:00' AS datetime2(6))
    ),
    (
        'exposed', 'u1', 1, 1, 1, 7e0, 7e0, 7e0, CAST('2026-01-02T12:00:00' AS datetime2(6)),
        CAST('2026-01-02T18:00:00' AS datetime2(6))
    );
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_experiment_measures.[test ties: an event at the anchor counts, one at the end of the window does not]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'bought', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'at_anchor', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'before', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'last', 3, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'at_end', 4, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at)
    VALUES
        ('e1', 'at_anchor', 'purchase', CAST('2026-01-02T00:00:00' AS datetime2(6))),
        ('e2', 'before', 'purchase', CAST('2026-01-01T23:59:59.999999' AS datetime2(6))),
        ('e3', 'last', 'purchase', CAST('2026-01-02T23:59:59.999999' AS datetime2(6))),
        ('e4', 'at_end', 'purchase', CAST('2026-01-03T00:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';

    SELECT
        c.unit_id
    INTO #actual
    FROM marts.experiment_measure_units AS u
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.experiment_id = u.experiment_id AND c.unit_number = u.unit_number;
    SELECT TOP (0)
        a.unit_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id)
    VALUES ('at_anchor'), ('last');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_experiment_measures.[test a window without an end runs to the end of the experiment]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'visits', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES ('exp_1', 'u1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at)
    VALUES
        ('e1', 'u1', 'visit', CAST('2026-01-31T23:59:59.999999' AS datetime2(6))),
        ('e2', 'u1', 'visit', CAST('2026-02-01T00:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';

    DECLARE @event_count bigint = (SELECT u.event_count FROM marts.experiment_measure_units AS u);
    EXEC tSQLt.AssertEquals 1, @event_count;
END;
GO
CREATE PROCEDURE marts_load_experiment_measures.[test events without a value count, and their values are NULL]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'visits', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES ('exp_1', 'u1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 'visit', NULL, CAST('2026-01-03' AS datetime2(6))),
        ('e2', 'u1', 'visit', NULL, CAST('2026-01-03' AS datetime2(6))),
        ('e3', 'stranger', 'visit', NULL, CAST('2026-01-03' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';

    SELECT
        c.unit_id,
        u.event_count,
        u.value_count,
        u.sum_value,
        u.min_value
    INTO #actual
    FROM marts.experiment_measure_units AS u
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.experiment_id = u.experiment_id AND c.unit_number = u.unit_number;
    SELECT TOP (0)
        a.unit_id,
        a.event_count,
        a.value_count,
        a.sum_value,
        a.min_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id, event_count, value_count, sum_value, min_value)
    VALUES ('u1', 2, 0, NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

/*
quality.data_tests_results: what each test finds. All rules are broken at once, each by rows of its own, so that a test that
finds nothing, or too much, is seen.
*/
EXEC tSQLt.NewTestClass 'quality_data_tests_results';
GO
CREATE PROCEDURE quality_data_tests_results.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.analysis_runs';
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'catalog.quality_thresholds';
    EXEC tSQLt.FakeTable 'results.result_rows';
    EXEC tSQLt.FakeTable 'results.summary_rows';
    EXEC tSQLt.FakeTable 'results.gate_rows';
    EXEC tSQLt.FakeTable 'results.srm_rows';
    INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value)
    VALUES
        ('anomaly_robust_z', 3.5e0), ('anomaly_iqr', 3e0), ('anomaly_sigma', 3e0), ('anomaly_window_days', 14e0),
        ('anomaly_min_days', 7e0), ('anomaly_zero_expected', 7e0), ('freshness_hours', 48e0),
        ('exposure_rate_min', 0.01e0), ('exposure_units_min', 100e0), ('flag_rate_max', 0.01e0),
        ('quarantine_rate_max', 0.05e0);
END;
GO
CREATE PROCEDURE quality_data_tests_results.[test no rows break no rule, and every rule is listed]
AS
BEGIN
    SELECT
        CAST(COUNT_BIG(*) AS int) AS test_count,
        CAST(COUNT_BIG(DISTINCT t.test_name) AS int) AS name_count,
        CAST(SUM(t.offending_rows) AS int) AS offending_count
    INTO #actual
    FROM quality.data_tests_results AS t;

    SELECT TOP (0)
        a.test_count,
        a.name_count,
        a.offending_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (test_count, name_count, offending_count)
    VALUES (14, 14, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_data_tests_results.[test each rule is found as often as it is broken]
AS
BEGIN
    INSERT INTO ops.analysis_runs (run_id, status)
    VALUES
        (1, 'finished'),
        (2, 'finished'),
        (3, 'running');
    INSERT INTO catalog.metric_definitions (metric_id, metric_version)
    VALUES
        ('m', 1);
    INSERT INTO results.result_rows
    (
        run_id, metric_id, metric_version, variation_id, is_control, n_assigned, n_units, p_value, p_value_adjusted,
        uplift_abs, ci_lower, ci_upper, reason_code
    )
    VALUES
        (1, 'm', 1, 'c', 1, 10, 10, NULL, NULL, NULL, NULL, NULL, 'control'),
        (1, 'm', 1, 't1', 0, 10, 10, 0.5e0, 0.5e0, 1e0, 1e0, 1e0, NULL),
        (1, 'm', 1, 't2', 0, 10, 10, 1.1e0, NULL, 1e0, 1e0, 1e0, NULL),
        (1, 'm', 1, 't3', 0, 10, 10, 0.5e0, 0.5e0, 1e0, 1e0, 0.5e0, NULL),
        (1, 'm', 1, 't4', 0, 10, 10, NULL, NULL, 1e0, 1e0, 1e0, NULL),
        (1, 'm', 1, 't5', 0, 10, 11, 0.5e0, 0.5e0, 1e0, 1e0, 1e0, NULL),
        (1, 'm', 1, 't6', 0, 10, 10, 0e0, 1e0, 1e0, 1e0, 1e0, NULL),
        (1, 'm', 1, 't7', 0, 10, 10, 0.5e0, 0.4e0, 1e0, 1e0, 1e0, NULL),
        (1, 'm', 2, 'c', 0, 10, 10, NULL, NULL, 1e0, 1e0, 1e0, 'no_data'),
        (1, 'm2', 1, 'c', 1, 10, 10, 0.5e0, 0.5e0, 1e0, 1e0, 1e0, NULL),
        (9, 'm', 1, 't1', 0, 10, 10, 0.5e0, 0.5e0, 1e0, 1e0, 1e0, NULL);
    INSERT INTO results.summary_rows (run_id, variation_id, decision)
    VALUES
        (1, 't1', 'ship'),
        (1, 't2', 'odd'),
        (1, 't3', 'ship'),
        (1, 't5', 'invalid'),
        (1, 't6', 'inconclusive'),
        (1, 't7', 'do_not_ship'),
        (1, 'c', 'inconclusive');
    INSERT INTO results.gate_rows (run_id, variation_id, gate_name, passed)
    VALUES
        (1, 't1', 'one', 1),
        (1, 't3', 'one', 0),
        (1, 't3', 'two', NULL),
        (1, 't5', 'one', 0);
    INSERT INTO results.srm_rows (run_id, stage, variation_id, observed_count, expected_count, chi_square, p_value)
    VALUES
        (1, 'assigned', 'a', 1, 1e0, 0e0, 1e0),
        (1, 'assigned', 'b', 1, 1e0, 0e0, -0.1e0);

    SELECT
        t.test_name,
        t.offending_rows
    INTO #actual
    FROM quality.data_tests_results AS t;

    SELECT TOP (0)
        a.test_name,
        a.offending_rows
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (test_name, offending_rows)
    VALUES
        ('results_run_known', 1),
        ('results_complete', 1),
        ('runs_unfinished', 1),
        ('results_p_range', 2),
        ('results_interval_order', 1),
        ('results_one_control', 1),
        ('results_control_reason', 1),
        ('results_reason', 1),
        ('results_counts', 1),
        ('results_metric_known', 2),
        ('summary_complete', 1),
        ('summary_decision_accepted', 1),
        ('ship_gates_passed', 2),
        ('srm_range', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

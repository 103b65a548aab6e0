/*
quality.data_tests_staging: what each test finds. All rules are broken at once, each by rows of its own, so that a test that
finds nothing, or too much, is seen.
*/
EXEC tSQLt.NewTestClass 'quality_data_tests_staging';
GO
CREATE PROCEDURE quality_data_tests_staging.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.quality_thresholds';
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.assignments';
    EXEC tSQLt.FakeTable 'raw.events';
    EXEC tSQLt.FakeTable 'raw.unit_attributes';
    EXEC tSQLt.FakeTable 'raw.rejected_lines';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value)
    VALUES
        ('anomaly_robust_z', 3.5e0), ('anomaly_iqr', 3e0), ('anomaly_sigma', 3e0), ('anomaly_window_days', 14e0),
        ('anomaly_min_days', 7e0), ('anomaly_zero_expected', 7e0), ('freshness_hours', 48e0),
        ('exposure_rate_min', 0.01e0), ('exposure_units_min', 100e0), ('flag_rate_max', 0.01e0),
        ('quarantine_rate_max', 0.05e0);
END;
GO
CREATE PROCEDURE quality_data_tests_staging.[test no rows break no rule, and every rule is listed]
AS
BEGIN
    SELECT
        CAST(COUNT_BIG(*) AS int) AS test_count,
        CAST(COUNT_BIG(DISTINCT t.test_name) AS int) AS name_count,
        CAST(SUM(t.offending_rows) AS int) AS offending_count
    INTO #actual
    FROM quality.data_tests_staging AS t;

    SELECT TOP (0)
        a.test_count,
        a.name_count,
        a.offending_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (test_count, name_count, offending_count)
    VALUES (25, 25, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_data_tests_staging.[test each rule is found as often as it is broken]
AS
BEGIN
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES
        ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES
        ('exp_1', 'a', 1e0);
    INSERT INTO ops.load_log (load_id, source, status, line_count, landed_count, staged_at)
    VALUES
        (1, 'events', 'finished', 0, 0, CAST('2026-01-02' AS datetime2(6))),
        (2, 'events', 'finished', 0, 0, NULL),
        (3, 'events', 'loading', NULL, NULL, NULL),
        (4, 'assignments', 'finished', 10, 10, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_assignments
    (
        experiment_id, unit_id, variation_id, min_variation_id, max_variation_id, assignment_count, is_conflict,
        assigned_at, load_id
    )
    VALUES
        ('exp_1', 'u1 ', 'a', 'a', 'a', 1, 0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('exp_1', 'u2', 'a', 'a', 'a', 1, 0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('exp_1', 'u2', 'a', 'a', 'a', 1, 0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('nope', 'u3', 'a', 'a', 'a', 1, 0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('exp_1', 'u4', 'zzz', 'a', 'a', 1, 0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('exp_1', 'u5', 'a', 'a', 'b', 1, 1, CAST('2026-01-02' AS datetime2(6)), 1),
        ('exp_1', 'u6', 'a', 'a', 'b', 1, 0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('exp_1', 'u9', 'a', 'a', 'b', 1, 0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('exp_1', 'u10', 'a', 'a', 'a', 1, 1, CAST('2026-01-02' AS datetime2(6)), 1),
        ('exp_1', 'u7', 'a', 'a', 'a', 1, 0, CAST('1999-12-31T23:59:59.999999' AS datetime2(6)), 1),
        ('exp_1', 'u8', 'a', 'a', 'a', 1, 0, CAST('2026-01-02' AS datetime2(6)), 3);
    INSERT INTO staging.stg_experiment_exposures
    (
        event_id, experiment_id, unit_id, variation_id, exposed_at, load_id
    )
    VALUES
        ('e1 ', 'exp_1', 'u1', 'a', CAST('2026-01-02' AS datetime2(6)), 1),
        ('e2', 'exp_1', 'u1', 'a', CAST('2026-01-02' AS datetime2(6)), 1),
        ('e2', 'exp_1', 'u1', 'a', CAST('2026-01-02' AS datetime2(6)), 1),
        ('e3', 'nope', 'u1', 'a', CAST('2026-01-02' AS datetime2(6)), 1),
        ('e4', 'exp_1', 'u1', 'zzz', CAST('2026-01-02' AS datetime2(6)), 1),
        ('e5', 'exp_1', 'u1', 'a', CAST('2100-01-01' AS datetime2(6)), 1),
        ('both', 'exp_1', 'u1', 'a', CAST('2026-01-02' AS datetime2(6)), 1);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    VALUES
        ('c1', '', 'buy', 1e0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('c2', 'u1', 'buy', 1e0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('c2', 'u1', 'buy', 1e0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('both', 'u1', 'buy', 1e0, CAST('2026-01-02' AS datetime2(6)), 1),
        ('c4', 'u1', 'buy', 1e0, CAST('1970-01-01' AS datetime2(6)), 1),
        ('c5', 'u1', 'buy', -1e16, CAST('2026-01-02' AS datetime2(6)), 1),
        ('c6', 'u1', 'buy', NULL, CAST('2026-01-02' AS datetime2(6)), 1);
    INSERT INTO staging.stg_unit_attributes (unit_id, attribute, attribute_value, valid_from, load_id)
    VALUES
        ('u1', 'country', 'de ', CAST('2026-01-02' AS datetime2(6)), 1),
        ('u2', 'country', 'de', CAST('2026-01-02' AS datetime2(6)), 1),
        ('u2', 'country', 'fr', CAST('2026-01-02' AS datetime2(6)), 1),
        ('u2', 'country', 'fr', CAST('2026-01-03' AS datetime2(6)), 1);
    INSERT INTO raw.assignments (load_id, line_number)
    SELECT 4, n.digit
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS n (digit);
    INSERT INTO staging.quarantine (source, load_id, line_number)
    VALUES
        ('assignments', 4, 1);
    INSERT INTO staging.duplicates (source, load_id, line_number, kept_load_id, kept_line_number)
    VALUES
        ('events', 1, 5, 1, 5),
        ('events', 1, 6, 99, 1),
        ('events', 1, 7, 1, 5);

    SELECT
        t.test_name,
        t.offending_rows
    INTO #actual
    FROM quality.data_tests_staging AS t;

    SELECT TOP (0)
        a.test_name,
        a.offending_rows
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (test_name, offending_rows)
    VALUES
        ('assignments_blank_key', 1),
        ('exposures_blank_key', 1),
        ('events_blank_key', 1),
        ('unit_attributes_blank_key', 1),
        ('assignments_unique', 1),
        ('exposures_unique', 1),
        ('events_unique', 1),
        ('unit_attributes_unique', 1),
        ('event_in_two_tables', 1),
        ('assignments_experiment_known', 1),
        ('assignments_variation_known', 1),
        ('exposures_experiment_known', 1),
        ('exposures_variation_known', 1),
        ('assignments_conflict', 2),
        ('assignments_conflict_flag', 3),
        ('assignments_time_range', 1),
        ('exposures_time_range', 1),
        ('events_time_range', 1),
        ('events_value_range', 1),
        ('staged_load_finished', 1),
        ('loads_balanced', 2),
        ('loads_staged', 1),
        ('loads_quarantine_rate', 1),
        ('duplicates_kept', 2),
        ('sources_fresh', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

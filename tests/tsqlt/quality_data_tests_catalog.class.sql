/*
quality.data_tests_catalog: what each test finds. All rules are broken at once, each by rows of its own, so that a test that
finds nothing, or too much, is seen.
*/
EXEC tSQLt.NewTestClass 'quality_data_tests_catalog';
GO
CREATE PROCEDURE quality_data_tests_catalog.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.decision_policies';
    EXEC tSQLt.FakeTable 'catalog.layers';
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.experiment_weight_changes';
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.metric_filters';
    EXEC tSQLt.FakeTable 'catalog.dimensions';
    EXEC tSQLt.FakeTable 'catalog.experiment_dimensions';
    EXEC tSQLt.FakeTable 'catalog.holdouts';
    EXEC tSQLt.FakeTable 'catalog.quality_thresholds';
    EXEC tSQLt.FakeTable 'catalog.sources';
    EXEC tSQLt.FakeTable 'catalog.source_layouts';
    EXEC tSQLt.FakeTable 'catalog.source_columns';
    EXEC tSQLt.FakeTable 'catalog.source_timestamp_formats';
    EXEC tSQLt.FakeTable 'catalog.source_rules';
    EXEC tSQLt.FakeTable 'catalog.source_settings';
    EXEC tSQLt.FakeTable 'catalog.source_attributes';
    EXEC tSQLt.FakeTable 'catalog.hash_assignments';
    INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value)
    VALUES
        ('anomaly_robust_z', 3.5e0), ('anomaly_iqr', 3e0), ('anomaly_sigma', 3e0), ('anomaly_window_days', 14e0),
        ('anomaly_min_days', 7e0), ('anomaly_zero_expected', 7e0), ('freshness_hours', 48e0),
        ('exposure_rate_min', 0.01e0), ('exposure_units_min', 100e0), ('flag_rate_max', 0.01e0),
        ('quarantine_rate_max', 0.05e0);
END;
GO
CREATE PROCEDURE quality_data_tests_catalog.[test no rows break no rule, and every rule is listed]
AS
BEGIN
    SELECT
        CAST(COUNT_BIG(*) AS int) AS test_count,
        CAST(COUNT_BIG(DISTINCT t.test_name) AS int) AS name_count,
        CAST(SUM(t.offending_rows) AS int) AS offending_count
    INTO #actual
    FROM quality.data_tests_catalog AS t;

    SELECT TOP (0)
        a.test_count,
        a.name_count,
        a.offending_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (test_count, name_count, offending_count)
    VALUES (42, 42, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_data_tests_catalog.[test each rule is found as often as it is broken]
AS
BEGIN
    INSERT INTO catalog.decision_policies (policy_id, policy_version)
    VALUES
        ('default', 1);
    INSERT INTO catalog.layers (layer_id, salt)
    VALUES
        ('layer', 'salt'),
        ('other ', 'salt');
    INSERT INTO catalog.experiments
    (
        experiment_id, policy_id, policy_version, analysis_mode, computed_modes, start_at, end_at, layer_id,
        layer_from, layer_to
    )
    VALUES
        ('exp_1', 'default', 1, 'itt', 'both', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), NULL, NULL, NULL),
        ('bad', 'none', 1, 'odd', 'odd', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-01' AS datetime2(6)), 'nowhere', NULL, NULL),
        ('l1', 'default', 1, NULL, 'both', CAST('2026-01-01' AS datetime2(6)), NULL, 'layer', 0, 5000),
        ('l2', 'default', 1, 'itt', 'both', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), 'layer', 4999, 6000),
        ('l3', 'default', 1, 'itt', 'both', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), 'layer', 6000, 7000),
        ('l4', 'default', 1, 'itt', 'both', CAST('2026-02-01' AS datetime2(6)), NULL, 'layer', 6500, 7000),
        ('range', 'default', 1, 'itt', 'both', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), NULL, NULL, NULL),
        ('sum', 'default', 1, 'itt', 'both', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), NULL, NULL, NULL);
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES
        ('exp_1', 'a', 1, 0.5e0),
        ('exp_1', 'b', 0, 0.5e0),
        ('l1', 'a', 1, 1e0),
        ('l2', 'a', 1, 1e0),
        ('l3', 'a', 1, 1e0),
        ('l4', 'a', 1, 1e0),
        ('range', 'a', 1, 1.5e0),
        ('range', 'b', 0, -0.5e0),
        ('sum', 'a', 1, 0.5e0),
        ('sum', 'b', 1, 0.4e0),
        ('ghost', 'a', 0, 0.5e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-02' AS datetime2(6)), 'a', 0.5e0),
        ('exp_1', CAST('2026-01-02' AS datetime2(6)), 'zzz', 0.5e0),
        ('ghost_2', CAST('2026-01-02' AS datetime2(6)), 'a', 1e0);
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, aggregation, maturity, direction, window_start_hours,
        window_end_hours, numerator_metric_id, numerator_metric_version, denominator_metric_id,
        denominator_metric_version, covariate_metric_id, covariate_metric_version
    )
    VALUES
        ('m', 1, 'mean', 'count', 'all', 'increase', 0e0, NULL, NULL, NULL, NULL, NULL, 'm', 1),
        ('odd', 1, 'odd', 'odd', 'odd', 'odd', 0e0, 0e0, 'm', 2, 'x', 1, 'm', NULL),
        ('long', 1, 'mean', 'sum', 'all', 'decrease', 0e0, 596524e0, NULL, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
    VALUES
        ('exp_1', 'm', 1, 'odd'),
        ('exp_1', 'm', 9, 'primary'),
        ('ghost', 'm', 1, 'guardrail');
    INSERT INTO catalog.metric_filters (metric_id, metric_version, filter_number, operator)
    VALUES
        ('m', 1, 1, 'like'),
        ('m', 2, 1, 'equals');
    INSERT INTO catalog.dimensions (dimension_id, attribute)
    VALUES
        ('country', 'country');
    INSERT INTO catalog.experiment_dimensions (experiment_id, dimension_id)
    VALUES
        ('exp_1', 'country'),
        ('ghost', 'country'),
        ('exp_1', 'nothing');
    INSERT INTO catalog.holdouts (holdout_id, salt, bucket_count, start_at, end_at)
    VALUES
        ('h1', 's', 10000, CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6))),
        ('h2', 's', 10001, CAST('2026-01-01' AS datetime2(6)), NULL),
        ('h3', 's', 1, CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-01' AS datetime2(6)));
    INSERT INTO catalog.sources (source)
    VALUES ('tickets');
    INSERT INTO catalog.source_layouts (source, layout_name)
    VALUES ('tickets', 'plain'), ('ghost', 'plain');
    INSERT INTO catalog.source_columns (source, column_name)
    VALUES ('tickets', 'a'), ('ghost', 'a'), ('ghost', 'b');
    INSERT INTO catalog.source_timestamp_formats (source, timestamp_format)
    VALUES ('tickets', 'iso'), ('ghost', 'iso');
    INSERT INTO catalog.source_rules (source, rule_name)
    VALUES ('tickets', 'odd'), ('ghost', 'odd'), ('ghost', 'odder');
    INSERT INTO catalog.source_settings (source, setting_name)
    VALUES ('tickets', 'limit'), ('ghost', 'limit');
    INSERT INTO catalog.source_attributes (source, attribute)
    VALUES ('tickets', 'kind'), ('ghost', 'kind'), ('ghost', 'tone');
    INSERT INTO catalog.hash_assignments (experiment_id, source)
    VALUES ('exp_1', 'tickets'), ('exp_1', 'ghost'), ('ghost', 'tickets'), ('ghost_2', 'tickets');
    DELETE FROM catalog.quality_thresholds WHERE threshold_id = 'flag_rate_max';
    UPDATE catalog.quality_thresholds SET threshold_value = 15e0 WHERE threshold_id = 'anomaly_min_days';

    SELECT
        t.test_name,
        t.offending_rows
    INTO #actual
    FROM quality.data_tests_catalog AS t;

    SELECT TOP (0)
        a.test_name,
        a.offending_rows
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (test_name, offending_rows)
    VALUES
        ('fk_experiment_variations_experiments', 1),
        ('fk_experiment_metrics_experiments', 1),
        ('experiment_metrics_definition', 1),
        ('experiments_policy', 1),
        ('experiments_layer', 1),
        ('metric_numerator', 1),
        ('metric_denominator', 1),
        ('metric_covariate', 1),
        ('metric_filters_definition', 1),
        ('weight_changes_variation', 2),
        ('weight_changes_experiment', 1),
        ('weight_changes_complete', 1),
        ('weights_range', 2),
        ('weights_sum', 2),
        ('experiment_dimensions_experiment', 1),
        ('experiment_dimensions_dimension', 1),
        ('fk_source_layouts_sources', 1),
        ('fk_source_columns_sources', 2),
        ('fk_source_timestamp_formats_sources', 1),
        ('fk_source_rules_sources', 2),
        ('fk_source_settings_sources', 1),
        ('fk_source_attributes_sources', 2),
        ('fk_hash_assignments_sources', 1),
        ('fk_hash_assignments_experiments', 2),
        ('one_control', 2),
        ('metric_type_accepted', 1),
        ('metric_aggregation_accepted', 1),
        ('metric_direction_accepted', 1),
        ('metric_maturity_accepted', 1),
        ('metric_role_accepted', 1),
        ('filter_operator_accepted', 1),
        ('analysis_mode_accepted', 1),
        ('computed_modes_accepted', 1),
        ('metric_window_seconds', 1),
        ('metric_window_order', 1),
        ('experiment_dates', 1),
        ('layer_range', 1),
        ('layer_overlap', 1),
        ('holdout_range', 2),
        ('catalog_blank_key', 1),
        ('thresholds_present', 1),
        ('thresholds_range', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

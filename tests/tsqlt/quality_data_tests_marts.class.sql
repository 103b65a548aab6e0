/*
quality.data_tests_marts: what each test finds. All rules are broken at once, each by rows of its own, so that a test that
finds nothing, or too much, is seen.
*/
EXEC tSQLt.NewTestClass 'quality_data_tests_marts';
GO
CREATE PROCEDURE quality_data_tests_marts.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.experiment_weight_changes';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.layers';
    EXEC tSQLt.FakeTable 'catalog.holdouts';
    EXEC tSQLt.FakeTable 'catalog.quality_thresholds';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'marts.int_experiment_exposure_validation';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_exposure_quality_daily';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_units';
    EXEC tSQLt.FakeTable 'marts.experiment_unit_dimensions';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_variant';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_dimension';
    INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value)
    VALUES
        ('anomaly_robust_z', 3.5e0), ('anomaly_iqr', 3e0), ('anomaly_sigma', 3e0), ('anomaly_window_days', 14e0),
        ('anomaly_min_days', 7e0), ('anomaly_zero_expected', 7e0), ('freshness_hours', 48e0),
        ('exposure_rate_min', 0.01e0), ('exposure_units_min', 100e0), ('flag_rate_max', 0.01e0),
        ('quarantine_rate_max', 0.05e0);
END;
GO
CREATE PROCEDURE quality_data_tests_marts.[test no rows break no rule, and every rule is listed]
AS
BEGIN
    SELECT
        CAST(COUNT_BIG(*) AS int) AS test_count,
        CAST(COUNT_BIG(DISTINCT t.test_name) AS int) AS name_count,
        CAST(SUM(t.offending_rows) AS int) AS offending_count
    INTO #actual
    FROM quality.data_tests_marts AS t;

    SELECT TOP (0)
        a.test_count,
        a.name_count,
        a.offending_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (test_count, name_count, offending_count)
    VALUES (33, 33, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_data_tests_marts.[test each rule is found as often as it is broken]
AS
BEGIN
    UPDATE catalog.quality_thresholds
    SET threshold_value = CASE WHEN threshold_id = 'anomaly_min_days' THEN 3e0 ELSE 1e0 END
    WHERE threshold_id IN ('anomaly_min_days', 'exposure_units_min');
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at, layer_id, layer_from, layer_to)
    VALUES
        ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), NULL, NULL, NULL),
        ('exp_l', CAST('2026-01-01' AS datetime2(6)), NULL, 'layer', 10000, 10000),
        ('exp_below', CAST('2026-01-01' AS datetime2(6)), NULL, 'layer', 0, 7633),
        ('exp_within', CAST('2026-01-01' AS datetime2(6)), NULL, 'layer', 7633, 7634),
        ('exp_ends', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), NULL, NULL, NULL),
        ('exp_2', CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL),
        ('exp_3', CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL);
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES
        ('exp_1', 'a', 1e0),
        ('exp_l', 'a', 1e0),
        ('exp_below', 'a', 1e0),
        ('exp_within', 'a', 1e0);
    /* The first 7 bytes of SHA-256 of 'salt:edge', as a number modulo 10,000, are 7633. */
    INSERT INTO catalog.layers (layer_id, salt)
    VALUES
        ('layer', 'salt');
    INSERT INTO catalog.holdouts (holdout_id, salt, bucket_count, start_at, end_at)
    VALUES
        ('all', 'salt', 10000, CAST('2026-01-20' AS datetime2(6)), CAST('2026-01-21' AS datetime2(6))),
        ('none', 'salt', 0, CAST('2026-01-01' AS datetime2(6)), NULL);
    INSERT INTO marts.fct_experiment_cohort
    (
        experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed,
        exclusion_reason, itt_anchor_at, exposed_anchor_at
    )
    VALUES
        ('exp_1', 'ok', 1, 'a', 1, 1, 1, 1, NULL, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'twice', 2, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'twice', 2, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'nobody', 4, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'moved', 5, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'epoch', 6, 'a', 7, 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'order', 7, 'a', 1, 1, 1, 1, NULL, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-01T23:00:00' AS datetime2(6))),
        ('exp_1', 'late', 8, 'a', 1, 1, 1, 0, NULL, CAST('2026-02-01' AS datetime2(6)), NULL),
        ('exp_1', 'flag_1', 9, 'a', 1, 1, 1, 0, 'multi_variation', CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'flag_2', 10, 'a', 1, 1, 0, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'flag_3', 11, 'a', 1, 1, 1, 1, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_l', 'layer', 12, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_below', 'edge', 13, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_within', 'edge', 14, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'held', 15, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-20' AS datetime2(6)), NULL),
        ('exp_1', 'free', 16, 'a', 1, 1, 1, 0, NULL, CAST('2026-01-21' AS datetime2(6)), NULL);
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES ('exp_1', 1, 'a', 1), ('exp_l', 1, 'a', 1), ('exp_below', 1, 'a', 1), ('exp_within', 1, 'a', 1);
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    SELECT DISTINCT c.experiment_id, c.unit_id, CASE WHEN c.unit_id = 'moved' THEN 'b' ELSE 'a' END, c.itt_anchor_at
    FROM marts.fct_experiment_cohort AS c
    WHERE c.unit_id <> 'nobody';
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        ('exp_1', 'missing', 'a', CAST('2026-01-02' AS datetime2(6))),
        ('exp_ends', 'after_end', 'a', CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, exposure_count, is_valid_exposure, pre_assignment_exposure,
        variant_mismatch, multi_variation_exposure, exposure_outside_window, unassigned_exposure, assigned_at,
        first_exposed_at, last_exposed_at, first_valid_exposed_at
    )
    VALUES
        ('exp_1', 'twice', NULL, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
        ('exp_1', 'twice', NULL, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
        ('exp_1', 'flag_1', NULL, 0, 1, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
        ('exp_1', 'flag_2', NULL, 1, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
        ('exp_1', 'flag_3', NULL, 0, 0, 0, 0, 0, 0, 0, NULL, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'early', NULL, 1, 1, 0, 0, 0, 0, 0, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-01' AS datetime2(6))),
        ('exp_2', 'u1', 'a', 1, 0, 1, 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_2', 'u2', NULL, 1, 0, 0, 0, 0, 0, 1, NULL, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), NULL);
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, exposure_count, is_valid_exposure, pre_assignment_exposure,
        variant_mismatch, multi_variation_exposure, exposure_outside_window, unassigned_exposure, assigned_at,
        first_exposed_at, last_exposed_at, first_valid_exposed_at
    )
    SELECT
        'exp_3',
        CONCAT(d.day_number, a.digit, b.digit),
        'a',
        CASE WHEN 10 * a.digit + b.digit < d.exposed_count THEN 1 ELSE 0 END,
        CASE WHEN 10 * a.digit + b.digit < d.exposed_count THEN 1 ELSE 0 END,
        0,
        0,
        0,
        0,
        0,
        DATEADD(day, d.day_number, CAST('2026-01-02' AS datetime2(6))),
        CASE WHEN 10 * a.digit + b.digit < d.exposed_count THEN DATEADD(day, d.day_number, CAST('2026-01-02' AS datetime2(6))) END,
        CASE WHEN 10 * a.digit + b.digit < d.exposed_count THEN DATEADD(day, d.day_number, CAST('2026-01-02' AS datetime2(6))) END,
        CASE WHEN 10 * a.digit + b.digit < d.exposed_count THEN DATEADD(day, d.day_number, CAST('2026-01-02' AS datetime2(6))) END
    FROM (VALUES (0, 10), (1, 11), (2, 10), (3, 0)) AS d (day_number, exposed_count)
    CROSS JOIN (VALUES (0), (1)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at)
    VALUES
        ('watermark', 'u1', 'buy', CAST('2026-03-01' AS datetime2(6)));
    INSERT INTO marts.fct_experiment_exposure_quality_daily
    (
        experiment_id, quality_date, assigned_unit_count, exposed_unit_count, exposure_rate
    )
    VALUES
        ('exp_1', CAST('2026-01-02' AS date), 2, 3, 0.5e0),
        ('exp_3', CAST('2026-01-02' AS date), 80, 31, 0.3875e0);
    INSERT INTO marts.experiment_measures (experiment_id, analysis_mode, measure_number)
    VALUES
        ('exp_1', 'itt', 1);
    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, measure_number, unit_number, member_number, arm_number, event_count, value_count, min_value,
        max_value
    )
    VALUES
        ('exp_1', 1, 1, 0, 1, 1, 1, 1e0, 1e0),
        ('exp_1', 1, 99, 0, 1, 1, 1, 1e0, 1e0),
        ('exp_1', 1, 16, 0, 2, 1, 1, 1e0, 1e0),
        ('exp_1', 9, 1, 0, 1, 1, 1, 1e0, 1e0),
        ('exp_1', 1, 15, 0, 1, 1, 2, 1e0, 1e0),
        ('exp_1', 1, 8, 0, 1, 1, 1, 2e0, 1e0);
    INSERT INTO marts.experiment_unit_dimensions (experiment_id, dimension_id, unit_number, dimension_value)
    VALUES
        ('exp_1', 'country', 1, 'de'),
        ('exp_1', 'country', 99, 'de');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES
        ('exp_l', 'm1', 1),
        ('exp_l', 'm2', 1),
        ('exp_l', 'm3', 1),
        ('exp_l', 'm4', 1),
        ('exp_l', 'm5', 1),
        ('exp_l', 'm6', 1);
    INSERT INTO marts.agg_experiment_metric_by_variant
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, n_assigned, n_units,
        sum_centered, sum_centered_sq
    )
    VALUES
        ('exp_l', 'itt', 'm1', 1, 'a', 1, 1, 1, 1e0, 1e0),
        ('exp_l', 'itt', 'm2', 1, 'a', 1, 1, 1, 0e0, 0e0),
        ('exp_l', 'itt', 'm2', 2, 'a', 1, 1, 1, 0e0, 0e0),
        ('exp_l', 'itt', 'm3', 1, 'zzz', 1, 0, 0, 0e0, 0e0),
        ('exp_l', 'itt', 'm4', 1, 'a', 1, 1, 2, 0e0, 0e0),
        ('exp_l', 'itt', 'm5', 1, 'a', 1, 1, 1, 2e0, 1e0),
        ('exp_l', 'itt', 'm6', 1, 'a', 1, 5, 1, 0e0, 0e0);
    INSERT INTO marts.agg_experiment_metric_by_dimension
    (
        experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id,
        weight_epoch, n_units
    )
    VALUES
        ('exp_l', 'itt', 'm1', 1, 'country', 'de', 'a', 1, 1),
        ('exp_l', 'itt', 'm1', 1, 'country', 'fr', 'a', 1, 1);

    SELECT
        t.test_name,
        t.offending_rows
    INTO #actual
    FROM quality.data_tests_marts AS t;

    SELECT TOP (0)
        a.test_name,
        a.offending_rows
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (test_name, offending_rows)
    VALUES
        ('cohort_unique', 1),
        ('cohort_number_unique', 1),
        ('cohort_arm_known', 1),
        ('cohort_assigned', 2),
        ('cohort_complete', 1),
        ('cohort_epoch_known', 1),
        ('cohort_anchor_order', 1),
        ('cohort_anchor_window', 1),
        ('cohort_flags', 3),
        ('cohort_layer_bucket', 2),
        ('cohort_in_holdout', 1),
        ('validation_unique', 1),
        ('validation_flags', 4),
        ('exposure_daily_rate', 1),
        ('exposure_daily_units', 1),
        ('measures_known', 1),
        ('measure_units_in_cohort', 2),
        ('measure_units_counts', 2),
        ('unit_dimensions_in_cohort', 1),
        ('agg_unique', 1),
        ('agg_variation_known', 1),
        ('agg_metric_current', 1),
        ('agg_counts', 1),
        ('agg_squares', 1),
        ('agg_units_of_cohort', 1),
        ('agg_dimension_units', 1),
        ('exposure_rate_limit', 1),
        ('pre_assignment_exposure_limit', 1),
        ('variant_mismatch_limit', 1),
        ('multi_variation_exposure_limit', 1),
        ('exposure_outside_window_limit', 1),
        ('unassigned_exposure_limit', 1),
        ('exposure_rate_drop_limit', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

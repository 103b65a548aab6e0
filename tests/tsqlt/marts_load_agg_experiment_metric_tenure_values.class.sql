/*
marts.load_agg_experiment_metric_tenure_values: ratios, extremes, averages and distinct counts by day of tenure. The
window is seven days; the data end with 2026-01-20.
*/
EXEC tSQLt.NewTestClass 'marts_load_agg_experiment_metric_tenure_values';
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_tenure_values.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.event_attributes';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'marts.filter_events';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_tenure';
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES ('exp_1', 1, 'a', 1);
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO marts.experiment_measures
    (
        experiment_id, analysis_mode, measure_number, event_name, distinct_attribute, window_start_seconds,
        window_end_seconds, has_distinct_values
    )
    VALUES
        ('exp_1', 'itt', 1, 'buy', NULL, 0, 604800, 1),
        ('exp_1', 'itt', 2, 'visit', NULL, 0, 604800, 0),
        ('exp_1', 'itt', 3, 'visit', 'page', 0, 604800, 1),
        ('exp_1', 'itt', 4, 'visit', NULL, 0, 86400, 0);
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        threshold, is_zero_filled, anchored_before, center_value
    )
    SELECT
        'exp_1',
        'itt',
        p.metric_id,
        1,
        p.part_name,
        p.measure_number,
        p.metric_type,
        p.aggregation,
        p.threshold,
        p.is_zero_filled,
        CAST('9999-12-31' AS datetime2(6)),
        p.center_value
    FROM
    (
        VALUES
            ('per_visit', 'y', 1, 'ratio', 'sum', NULL, 1, 7e0),
            ('per_visit', 'd', 2, 'ratio', 'count', NULL, 1, 7e0),
            ('one_day', 'y', 1, 'ratio', 'sum', NULL, 1, 0e0),
            ('one_day', 'd', 4, 'ratio', 'count', NULL, 1, 0e0),
            ('smallest', 'y', 1, 'mean', 'min', NULL, 0, 2e0),
            ('average', 'y', 1, 'mean', 'avg', NULL, 0, 2e0),
            ('prices', 'y', 1, 'mean', 'distinct_values', NULL, 1, 7e0),
            ('pages', 'y', 3, 'mean', 'distinct_values', NULL, 1, 0e0),
            ('days', 'y', 1, 'mean', 'distinct_days', NULL, 1, 7e0),
            ('big', 'y', 1, 'proportion', 'max', 4e0, 0, 0e0),
            ('revenue', 'y', 1, 'mean', 'sum', NULL, 1, 0e0)
    ) AS p (metric_id, part_name, measure_number, metric_type, aggregation, threshold, is_zero_filled, center_value);
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, assigned_at)
    VALUES ('exp_0', 'last', CAST('2026-01-20' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_tenure_values.[test no units give no rows]
AS
BEGIN
    EXEC marts.load_agg_experiment_metric_tenure_values @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_tenure';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_tenure_values.[test values are those of the events of the day, of a day without events 0 or none]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-18' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'a', 1, 1, 1, 0, CAST('2026-01-18' AS datetime2(6))),
        ('exp_1', 'u3', 3, 'a', 1, 1, 1, 0, CAST('2026-01-18T00:00:00.000001' AS datetime2(6)));
    /*
    u1: on its first day three buys for 2, 2 and 5 and two visits of the same page, on its second a buy without value
    and a visit. u2: a visit on its second day. u3: a visit on its second day, which is not over.
    */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 1, 1, 'buy', 2e0, CAST('2026-01-18' AS datetime2(6))),
        ('e2', 'u1', 1, 2, 'buy', 2e0, CAST('2026-01-18T01:00:00' AS datetime2(6))),
        ('e3', 'u1', 1, 3, 'buy', 5e0, CAST('2026-01-18T23:59:59.999999' AS datetime2(6))),
        ('e4', 'u1', 1, 4, 'visit', NULL, CAST('2026-01-18T02:00:00' AS datetime2(6))),
        ('e5', 'u1', 1, 5, 'visit', NULL, CAST('2026-01-18T03:00:00' AS datetime2(6))),
        ('e6', 'u1', 1, 6, 'visit', NULL, CAST('2026-01-19' AS datetime2(6))),
        ('e7', 'u1', 1, 7, 'buy', NULL, CAST('2026-01-19T05:00:00' AS datetime2(6))),
        ('e8', 'u2', 1, 8, 'visit', NULL, CAST('2026-01-19T23:00:00' AS datetime2(6))),
        ('e9', 'u3', 1, 9, 'visit', NULL, CAST('2026-01-19T12:00:00' AS datetime2(6)));
    INSERT INTO marts.event_attributes (event_name, attribute, load_id, line_number, attribute_value)
    VALUES
        ('visit', 'page', 1, 4, 'home'), ('visit', 'page', 1, 5, 'home'), ('visit', 'page', 1, 6, 'home'),
        ('visit', 'page', 1, 9, 'home');

    EXEC marts.load_agg_experiment_metric_tenure_values @experiment_id = 'exp_1';

    SELECT
        t.metric_id,
        t.tenure_day,
        t.unit_count,
        t.active_count,
        t.n_units,
        ROUND(t.sum_centered, 9) AS sum_y,
        ROUND(t.sum_centered_sq, 9) AS sum_yy,
        ROUND(t.sum_d, 9) AS sum_d,
        ROUND(t.sum_dd, 9) AS sum_dd,
        ROUND(t.sum_yd, 9) AS sum_yd
    INTO #actual
    FROM marts.agg_experiment_metric_tenure AS t;
    SELECT TOP (0)
        a.metric_id,
        a.tenure_day,
        a.unit_count,
        a.active_count,
        a.n_units,
        a.sum_y,
        a.sum_yy,
        a.sum_d,
        a.sum_dd,
        a.sum_yd
    INTO #expected
    FROM #actual AS a;
    /* The constants of per_visit, prices and days are 7 over seven days: 1; those of smallest and average 2. */
    INSERT INTO #expected
        (metric_id, tenure_day, unit_count, active_count, n_units, sum_y, sum_yy, sum_d, sum_dd, sum_yd)
    VALUES
        ('per_visit', 0, 3, 1, 3, 6e0, 66e0, -1e0, 3e0, 10e0),
        ('per_visit', 1, 2, 2, 2, -2e0, 2e0, 0e0, 0e0, 0e0),
        ('one_day', 0, 3, 1, 3, 9e0, 81e0, 2e0, 4e0, 18e0),
        ('smallest', 0, 3, 1, 1, 0e0, 0e0, NULL, NULL, NULL),
        ('smallest', 1, 2, 1, 0, 0e0, 0e0, NULL, NULL, NULL),
        ('average', 0, 3, 1, 1, 1e0, 1e0, NULL, NULL, NULL),
        ('average', 1, 2, 1, 0, 0e0, 0e0, NULL, NULL, NULL),
        ('prices', 0, 3, 1, 3, -1e0, 3e0, NULL, NULL, NULL),
        ('prices', 1, 2, 1, 2, -2e0, 2e0, NULL, NULL, NULL),
        ('pages', 0, 3, 1, 3, 1e0, 1e0, NULL, NULL, NULL),
        ('pages', 1, 2, 2, 2, 1e0, 1e0, NULL, NULL, NULL),
        ('days', 0, 3, 1, 3, -2e0, 2e0, NULL, NULL, NULL),
        ('days', 1, 2, 1, 2, -1e0, 1e0, NULL, NULL, NULL),
        ('big', 0, 3, 1, 1, 1e0, 1e0, NULL, NULL, NULL),
        ('big', 1, 2, 1, 0, 0e0, 0e0, NULL, NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

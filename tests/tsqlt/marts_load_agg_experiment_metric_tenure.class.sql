/*
marts.load_agg_experiment_metric_tenure: values by day of tenure, and the slope of each unit's values. The window is
seven days from the anchor, the constant 0; the watermark is 20 January.
*/
EXEC tSQLt.NewTestClass 'marts_load_agg_experiment_metric_tenure';
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_tenure.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'marts.filter_events';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_tenure';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_novelty';
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES
        ('exp_1', 1, 'a', 1);
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO marts.experiment_measures
    (
        experiment_id, analysis_mode, measure_number, event_name, window_start_seconds, window_end_seconds,
        has_tenure_days
    )
    VALUES ('exp_1', 'itt', 1, 'buy', 0, 604800, 1);
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        anchored_before, center_value
    )
    VALUES ('exp_1', 'itt', 'revenue', 1, 'y', 1, 'mean', 'sum', CAST('9999-12-31' AS datetime2(6)), 0e0);
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, assigned_at)
    VALUES ('exp_0', 'last', CAST('2026-01-20' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_tenure.[test no units give no rows]
AS
BEGIN
    EXEC marts.load_agg_experiment_metric_tenure @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_tenure';
    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_novelty';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_tenure.[test a day counts for a unit when it is over by the watermark]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-18' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'a', 1, 1, 1, 0, CAST('2026-01-18T00:00:00.000001' AS datetime2(6)));
    /* u1 buys for 2 and 3 on its first day and for 4 on the bound of the second; u2 in its second day, not yet over. */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 1, 1, 'buy', 2e0, CAST('2026-01-18' AS datetime2(6))),
        ('e2', 'u1', 1, 2, 'buy', 3e0, CAST('2026-01-18T23:59:59.999999' AS datetime2(6))),
        ('e3', 'u1', 1, 3, 'buy', 4e0, CAST('2026-01-19' AS datetime2(6))),
        ('e4', 'u2', 1, 4, 'buy', 9e0, CAST('2026-01-19T12:00:00' AS datetime2(6)));

    EXEC marts.load_agg_experiment_metric_tenure @experiment_id = 'exp_1';

    SELECT
        t.tenure_day,
        t.unit_count,
        t.active_count,
        ROUND(t.sum_centered, 9) AS sum_centered,
        ROUND(t.sum_centered_sq, 9) AS sum_centered_sq
    INTO #actual
    FROM marts.agg_experiment_metric_tenure AS t;
    SELECT TOP (0)
        a.tenure_day,
        a.unit_count,
        a.active_count,
        a.sum_centered,
        a.sum_centered_sq
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (tenure_day, unit_count, active_count, sum_centered, sum_centered_sq)
    VALUES (0, 2, 1, 5e0, 25e0), (1, 1, 1, 4e0, 16e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_novelty';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_tenure.[test the slope of a value that grows by one a day is 1]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'a', 1, 1, 1, 0, CAST('2026-01-13' AS datetime2(6))),
        ('exp_1', 'u3', 3, 'a', 1, 1, 1, 0, CAST('2026-01-13T00:00:01' AS datetime2(6))),
        ('exp_1', 'u4', 4, 'a', 1, 1, 1, 0, CAST('2026-01-03' AS datetime2(6)));
    /* u1: 0, 1, …, 6; u2: 28 on its last day; u3's seventh day is not over; u4 nothing. */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 1, 1, 'buy', 1e0, CAST('2026-01-03T01:00:00' AS datetime2(6))),
        ('e2', 'u1', 1, 2, 'buy', 2e0, CAST('2026-01-04T01:00:00' AS datetime2(6))),
        ('e3', 'u1', 1, 3, 'buy', 3e0, CAST('2026-01-05T01:00:00' AS datetime2(6))),
        ('e4', 'u1', 1, 4, 'buy', 4e0, CAST('2026-01-06T01:00:00' AS datetime2(6))),
        ('e5', 'u1', 1, 5, 'buy', 5e0, CAST('2026-01-07T01:00:00' AS datetime2(6))),
        ('e6', 'u1', 1, 6, 'buy', 6e0, CAST('2026-01-08T01:00:00' AS datetime2(6))),
        ('e7', 'u2', 1, 7, 'buy', 28e0, CAST('2026-01-19T01:00:00' AS datetime2(6))),
        ('e8', 'u3', 1, 8, 'buy', 99e0, CAST('2026-01-14T01:00:00' AS datetime2(6)));

    EXEC marts.load_agg_experiment_metric_tenure @experiment_id = 'exp_1';

    SELECT
        n.day_count,
        n.n_units,
        ROUND(n.sum_z, 9) AS sum_z,
        ROUND(n.sum_zz, 9) AS sum_zz
    INTO #actual
    FROM marts.agg_experiment_metric_novelty AS n;
    SELECT TOP (0)
        a.day_count,
        a.n_units,
        a.sum_z,
        a.sum_zz
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (day_count, n_units, sum_z, sum_zz)
    /* Days -3 to 3 about the middle, squares 28: u1 has 28/28, u2 3 * 28/28, u4 0. */
    VALUES (7, 3, 4e0, 10e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_tenure.[test days before the anchor are none of tenure, also where the window holds them]
AS
BEGIN
    UPDATE marts.experiment_measures
    SET window_start_seconds = -172800
    WHERE measure_number = 1;
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-05' AS datetime2(6)));
    /* 50 on the day before; then 28 on the first of seven days, and 14 on the second. */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 1, 1, 'buy', 50e0, CAST('2026-01-04T12:00:00' AS datetime2(6))),
        ('e2', 'u1', 1, 2, 'buy', 28e0, CAST('2026-01-05' AS datetime2(6))),
        ('e3', 'u1', 1, 3, 'buy', 14e0, CAST('2026-01-06T01:00:00' AS datetime2(6)));

    EXEC marts.load_agg_experiment_metric_tenure @experiment_id = 'exp_1';

    SELECT
        MIN(t.tenure_day) AS first_day,
        MAX(t.tenure_day) AS last_day,
        ROUND(SUM(t.sum_centered), 9) AS total,
        MAX(n.day_count) AS day_count,
        ROUND(MAX(n.sum_z), 9) AS slope
    INTO #actual
    FROM marts.agg_experiment_metric_tenure AS t
    CROSS JOIN marts.agg_experiment_metric_novelty AS n;
    SELECT TOP (0)
        a.first_day,
        a.last_day,
        a.total,
        a.day_count,
        a.slope
    INTO #expected
    FROM #actual AS a;
    /* Days -3 to 3 about the middle, squares 28: (-3 * 28 - 2 * 14) / 28. */
    INSERT INTO #expected (first_day, last_day, total, day_count, slope)
    VALUES (0, 6, 42e0, 7, -4e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

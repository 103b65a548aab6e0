/*
marts.load_agg_experiment_metric_by_variant: n, means and squares about the mean, from the centred sums. The expected
means and squares are worked out by hand from the few values of each test.
*/
EXEC tSQLt.NewTestClass 'marts_load_agg_experiment_metric_by_variant';
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_by_variant.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_units';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'marts.experiment_unit_dimensions';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_variant';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_dimension';
    EXEC tSQLt.FakeTable 'catalog.metric_filters';
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES
        ('exp_1', 1, 'control', 1),
        ('exp_1', 2, 'treatment', 1);
    INSERT INTO catalog.experiments (experiment_id, start_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)));
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours, maturity
    )
    VALUES
        ('bought', 1, 'proportion', 'purchase', 'count', 0e0, 24e0, 'complete'),
        ('revenue', 1, 'mean', 'purchase', 'sum', 0e0, 24e0, 'complete'),
        ('dearest', 1, 'mean', 'purchase', 'max', 0e0, 24e0, 'all');
    /* The data watermark: ten days after the first assignments. */
    INSERT INTO staging.stg_conversion_events (event_id, event_at)
    VALUES ('last', CAST('2026-01-12' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_by_variant.[test no units give no rows]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_by_variant';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_by_variant.[test one unit without events has a sum of 0 and no maximum]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'bought', 1), ('exp_1', 'revenue', 1), ('exp_1', 'dearest', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES ('exp_1', 'u1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.analysis_mode,
        g.variation_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_value,
        g.min_value,
        g.max_value
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.analysis_mode,
        a.variation_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.mean_value,
        a.min_value,
        a.max_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, analysis_mode, variation_id, n_assigned, n_units, success_count, mean_value, min_value, max_value
    )
    VALUES
        ('bought', 'itt', 'control', 1, 1, 0, 0e0, 0e0, 0e0),
        ('revenue', 'itt', 'control', 1, 1, NULL, 0e0, 0e0, 0e0),
        ('dearest', 'itt', 'control', 1, 0, NULL, NULL, NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_by_variant.[test units without events count as 0 in means and squares, ties included]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'bought', 1), ('exp_1', 'revenue', 1), ('exp_1', 'dearest', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u3', 3, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u4', 4, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u5', 5, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u6', 6, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 'purchase', 6e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('e2', 'u2', 'purchase', 2e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('e3', 'u2', 'purchase', 4e0, CAST('2026-01-02T02:00:00' AS datetime2(6))),
        ('e4', 'u5', 'purchase', 10e0, CAST('2026-01-02T01:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    /*
    Revenue of control: 6, 6, 0, 0, mean 3, squares about it 36, cubes 0; of treatment: 10, 0, mean 5, squares 50.
    Bought: 1, 1, 0, 0 and 1, 0. Dearest: 6, 4 (mean 5, squares 2) and 10.
    */
    SELECT
        g.metric_id,
        g.variation_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value + g.sum_centered / g.n_units, 9) AS mean_value,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / g.n_units, 9) AS square_sum,
        g.min_value,
        g.max_value
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.mean_value,
        a.square_sum,
        a.min_value,
        a.max_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, variation_id, n_assigned, n_units, success_count, mean_value, square_sum, min_value, max_value
    )
    VALUES
        ('bought', 'control', 4, 4, 2, 0.5e0, 1e0, 0e0, 1e0),
        ('bought', 'treatment', 2, 2, 1, 0.5e0, 0.5e0, 0e0, 1e0),
        ('revenue', 'control', 4, 4, NULL, 3e0, 36e0, 0e0, 6e0),
        ('revenue', 'treatment', 2, 2, NULL, 5e0, 50e0, 0e0, 10e0),
        ('dearest', 'control', 4, 2, NULL, 5e0, 2e0, 4e0, 6e0),
        ('dearest', 'treatment', 2, 1, NULL, 10e0, 0e0, 10e0, 10e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_by_variant.[test a unit is mature when its window ends at the watermark, not later]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'mature', 1, 'control', 1, 1, 1, 0, CAST('2026-01-11T00:00:00' AS datetime2(6))),
        ('exp_1', 'young', 2, 'control', 1, 1, 1, 0, CAST('2026-01-11T00:00:00.000001' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at)
    VALUES
        ('e1', 'mature', 'purchase', 3e0, CAST('2026-01-11T01:00:00' AS datetime2(6))),
        ('e2', 'young', 'purchase', 100e0, CAST('2026-01-11T01:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.n_assigned,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / g.n_units, 9) AS mean_value,
        g.max_value
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.n_assigned,
        a.n_units,
        a.mean_value,
        a.max_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (n_assigned, n_units, mean_value, max_value)
    VALUES (2, 1, 3e0, 3e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_by_variant.[test each mode has the units that take part in it]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'bought', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at, exposed_anchor_at)
    VALUES
        (
            'exp_1', 'u1', 1, 'control', 1, 1, 1, 1, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6))
        ),
        ('exp_1', 'u2', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)), NULL),
        ('exp_1', 'u3', 3, 'control', 1, 1, 0, 0, CAST('2026-01-02' AS datetime2(6)), NULL);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 'purchase', NULL, CAST('2026-01-02T12:00:00' AS datetime2(6))),
        ('e2', 'u1', 'purchase', NULL, CAST('2026-01-03T12:00:00' AS datetime2(6))),
        ('e3', 'u3', 'purchase', NULL, CAST('2026-01-02T12:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.analysis_mode,
        g.n_assigned,
        g.n_units,
        g.success_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.analysis_mode,
        a.n_assigned,
        a.n_units,
        a.success_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (analysis_mode, n_assigned, n_units, success_count)
    VALUES ('itt', 2, 2, 1), ('exposed', 1, 1, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_by_variant.[test NULL values of a sum count as 0]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 'purchase', NULL, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('e2', 'u1', 'purchase', NULL, CAST('2026-01-02T02:00:00' AS datetime2(6))),
        ('e3', 'u1', 'purchase', NULL, CAST('2026-01-02T03:00:00' AS datetime2(6))),
        ('e4', 'u2', 'purchase', 8e0, CAST('2026-01-02T01:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    DECLARE @mean_value float =
    (
        SELECT ROUND(g.center_value + g.sum_centered / g.n_units, 9)
        FROM marts.agg_experiment_metric_by_variant AS g
        WHERE g.n_units = 2
    );
    DECLARE @expected float = 4e0;
    EXEC tSQLt.AssertEquals @expected, @mean_value;
END;
GO

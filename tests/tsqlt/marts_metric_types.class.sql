/*
Every metric type and option, from events to the aggregate,
    on rows whose sums are worked out by hand. Two units of the
control (c1, c2) and two of the treatment (t1, t2), anchored on 2 January at midnight; the watermark is 2026-02-01.
*/
EXEC tSQLt.NewTestClass 'marts_metric_types';
GO
CREATE PROCEDURE marts_metric_types.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.experiment_dimensions';
    EXEC tSQLt.FakeTable 'catalog.dimensions';
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'catalog.metric_filters';
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.experiment_members';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.event_attributes';
    EXEC tSQLt.FakeTable 'marts.event_attribute_loads';
    EXEC tSQLt.FakeTable 'marts.filter_events';
    EXEC tSQLt.FakeTable 'marts.filter_event_loads';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_units';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_values';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'marts.experiment_unit_dimensions';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_variant';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_dimension';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_quantiles';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_quantiles_by_dimension';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_ranks';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_ranks_by_dimension';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_risk_sets';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_risk_sets_by_dimension';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES
        ('exp_1', 1, 'control', 1),
        ('exp_1', 2, 'treatment', 1),
        ('exp_1', 3, 'control', 2),
        ('exp_1', 4, 'treatment', 2);
    INSERT INTO catalog.experiments (experiment_id, start_at, computed_modes)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), 'itt');
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_1', 'control', 1, 0.5e0), ('exp_1', 'treatment', 0, 0.5e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'c1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'c2', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 't1', 3, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 't2', 4, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO ops.load_log (load_id, status, staged_at)
    VALUES (1, 'finished', CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, attributes, event_value, event_at)
    VALUES
        ('e1', 'c1', 1, 1, 'purchase', '{"country":"DE","price":"10"}', 10e0,
            CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e2', 'c1', 1, 2, 'purchase', '{"country":"AT","price":"30"}', 30e0,
            CAST('2026-01-04T06:00:00' AS datetime2(6))),
        ('e3', 'c1', 1, 3, 'purchase', '{"price":"20"}', 10e0, CAST('2026-01-04T07:00:00' AS datetime2(6))),
        ('e4', 't1', 1, 4, 'purchase', '{"country":"DE","price":"x"}', 100e0,
            CAST('2026-01-03T00:00:00' AS datetime2(6))),
        ('e5', 'c1', 1, 5, 'visit', NULL, NULL, CAST('2026-01-02T00:00:00' AS datetime2(6))),
        ('e6', 'c1', 1, 6, 'visit', NULL, NULL, CAST('2026-01-02T05:00:00' AS datetime2(6))),
        ('e7', 'c2', 1, 7, 'visit', NULL, NULL, CAST('2026-01-09T00:00:00' AS datetime2(6))),
        ('e8', 't1', 1, 8, 'visit', NULL, NULL, CAST('2026-01-03T00:00:00' AS datetime2(6))),
        ('e9', 'c1', 1, 9, 'purchase', NULL, 4e0, CAST('2025-12-31T00:00:00' AS datetime2(6))),
        ('e10', 't2', 1, 10, 'purchase', NULL, 8e0, CAST('2025-12-26T00:00:00' AS datetime2(6))),
        ('e11', 't2', 1, 11, 'purchase', NULL, 16e0, CAST('2025-12-25T23:59:59.999999' AS datetime2(6))),
        ('last', 'nobody', 1, 12, 'visit', NULL, NULL, CAST('2026-02-01' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_metric_types.[test each aggregation of a mean, with and without events]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity
    )
    VALUES
        ('n', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all'),
        ('total', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all'),
        ('top', 1, 'mean', 'purchase', 'max', 0.0e0, 72.0e0, 'all'),
        ('least', 1, 'mean', 'purchase', 'min', 0.0e0, 72.0e0, 'all'),
        ('average', 1, 'mean', 'purchase', 'avg', 0.0e0, 72.0e0, 'all'),
        ('prices', 1, 'mean', 'purchase', 'distinct_values', 0.0e0, 72.0e0, 'all'),
        ('days', 1, 'mean', 'purchase', 'distinct_days', 0.0e0, 72.0e0, 'all'),
        ('wait', 1, 'mean', 'purchase', 'first_time', 0.0e0, 72.0e0, 'all');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'n', 1), ('exp_1', 'total', 1), ('exp_1', 'top', 1), ('exp_1', 'least', 1), ('exp_1', 'average',
        1), ('exp_1', 'prices', 1), ('exp_1', 'days', 1), ('exp_1', 'wait', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / NULLIF(CAST(g.n_units AS float), 0),
            9) AS square_sum,
        g.min_value,
        g.max_value
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.mean_y,
        a.square_sum,
        a.min_value,
        a.max_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, mean_y, square_sum, min_value, max_value)
    VALUES
        ('n', 'control', 2, 1.5e0, 4.5e0, 0.0e0, 3.0e0),
        ('n', 'treatment', 2, 0.5e0, 0.5e0, 0.0e0, 1.0e0),
        ('total', 'control', 2, 25.0e0, 1250.0e0, 0.0e0, 50.0e0),
        ('total', 'treatment', 2, 50.0e0, 5000.0e0, 0.0e0, 100.0e0),
        ('top', 'control', 1, 30.0e0, 0.0e0, 30.0e0, 30.0e0),
        ('top', 'treatment', 1, 100.0e0, 0.0e0, 100.0e0, 100.0e0),
        ('least', 'control', 1, 10.0e0, 0.0e0, 10.0e0, 10.0e0),
        ('least', 'treatment', 1, 100.0e0, 0.0e0, 100.0e0, 100.0e0),
        ('average', 'control', 1, 16.666666667e0, 0.0e0, 50e0 / 3e0, 50e0 / 3e0),
        ('average', 'treatment', 1, 100.0e0, 0.0e0, 100.0e0, 100.0e0),
        ('prices', 'control', 2, 1.0e0, 2.0e0, 0.0e0, 2.0e0),
        ('prices', 'treatment', 2, 0.5e0, 0.5e0, 0.0e0, 1.0e0),
        ('days', 'control', 2, 1.0e0, 2.0e0, 0.0e0, 2.0e0),
        ('days', 'treatment', 2, 0.5e0, 0.5e0, 0.0e0, 1.0e0),
        ('wait', 'control', 1, 6.0e0, 0.0e0, 6.0e0, 6.0e0),
        ('wait', 'treatment', 1, 24.0e0, 0.0e0, 24.0e0, 24.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a proportion of count, of sum and of distinct days against a threshold,
    ties included]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, threshold
    )
    VALUES
        ('bought', 1, 'proportion', 'purchase', 'count', 0.0e0, 72.0e0, 'all', NULL),
        ('three', 1, 'proportion', 'purchase', 'count', 0.0e0, 72.0e0, 'all', 3.0e0),
        ('fifty', 1, 'proportion', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', 50.0e0),
        ('more', 1, 'proportion', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', 100.5e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'bought', 1), ('exp_1', 'three', 1), ('exp_1', 'fifty', 1), ('exp_1', 'more', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        g.success_count,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.success_count,
        a.mean_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, success_count, mean_y)
    VALUES
        ('bought', 'control', 2, 1, 0.5e0),
        ('bought', 'treatment', 2, 1, 0.5e0),
        ('three', 'control', 2, 1, 0.5e0),
        ('three', 'treatment', 2, 0, 0.0e0),
        ('fifty', 'control', 2, 1, 0.5e0),
        ('fifty', 'treatment', 2, 1, 0.5e0),
        ('more', 'control', 2, 0, 0.0e0),
        ('more', 'treatment', 2, 0, 0.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test retention on day k, between days, and on at least n days,
    events on each bound]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, threshold
    )
    VALUES
        ('day0', 1, 'retention', 'visit', 'distinct_days', 0.0e0, 24.0e0, 'all', NULL),
        ('day1', 1, 'retention', 'visit', 'distinct_days', 24.0e0, 48.0e0, 'all', NULL),
        ('day1to7', 1, 'retention', 'visit', 'distinct_days', 24.0e0, 192.0e0, 'all', NULL),
        ('day1to6', 1, 'retention', 'visit', 'distinct_days', 24.0e0, 168.0e0, 'all', NULL),
        ('two', 1, 'retention', 'visit', 'distinct_days', 0.0e0, 192.0e0, 'all', 2.0e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'day0', 1), ('exp_1', 'day1', 1), ('exp_1', 'day1to7', 1), ('exp_1', 'day1to6', 1), ('exp_1',
        'two', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        g.success_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.success_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, success_count)
    VALUES
        ('day0', 'control', 2, 1),
        ('day0', 'treatment', 2, 0),
        ('day1', 'control', 2, 0),
        ('day1', 'treatment', 2, 1),
        ('day1to7', 'control', 2, 1),
        ('day1to7', 'treatment', 2, 1),
        ('day1to6', 'control', 2, 0),
        ('day1to6', 'treatment', 2, 1),
        ('two', 'control', 2, 0),
        ('two', 'treatment', 2, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a ratio keeps the unit: sums,
    squares and the product of numerator and denominator]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, numerator_metric_id, numerator_metric_version,
        denominator_metric_id, denominator_metric_version
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', NULL, NULL, NULL, NULL),
        ('orders', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all', NULL, NULL, NULL, NULL),
        ('per_order', 1, 'ratio', NULL, NULL, NULL, NULL, 'all', 'revenue', 1, 'orders', 1);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'per_order', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        ROUND(g.center_d + g.sum_d / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_d,
        ROUND(g.sum_yd - g.sum_centered * g.sum_d / NULLIF(CAST(g.n_units AS float), 0), 9) AS product_yd
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.mean_y,
        a.mean_d,
        a.product_yd
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, mean_y, mean_d, product_yd)
    VALUES
        ('per_order', 'control', 2, 25.0e0, 1.5e0, 75.0e0),
        ('per_order', 'treatment', 2, 50.0e0, 0.5e0, 50.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a covariate is counted in the look-back window before the anchor,
    its start included]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, covariate_hours
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', 168.0e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        ROUND(g.center_x + g.sum_x / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_x,
        ROUND(g.sum_xx - g.sum_x * g.sum_x / NULLIF(CAST(g.n_units AS float), 0), 9) AS square_x,
        ROUND(g.sum_yx - g.sum_centered * g.sum_x / NULLIF(CAST(g.n_units AS float), 0), 9) AS product_yx,
        g.missing_covariate_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.mean_y,
        a.mean_x,
        a.square_x,
        a.product_yx,
        a.missing_covariate_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, mean_y, mean_x, square_x, product_yx,
        missing_covariate_count)
    VALUES
        ('revenue', 'control', 2, 25.0e0, 2.0e0, 8.0e0, 100.0e0, 1),
        ('revenue', 'treatment', 2, 50.0e0, 4.0e0, 32.0e0, -400.0e0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a covariate of another metric]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, covariate_metric_id, covariate_metric_version, covariate_hours
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', 'orders', 1, 168.0e0),
        ('orders', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all', NULL, NULL, NULL);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        ROUND(g.center_x + g.sum_x / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_x,
        ROUND(g.sum_yx - g.sum_centered * g.sum_x / NULLIF(CAST(g.n_units AS float), 0), 9) AS product_yx
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.mean_y,
        a.mean_x,
        a.product_yx
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, mean_y, mean_x, product_yx)
    VALUES
        ('revenue', 'control', 25.0e0, 0.5e0, 25.0e0),
        ('revenue', 'treatment', 50.0e0, 0.5e0, -50.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a ratio with covariates has all four parts]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, numerator_metric_id, numerator_metric_version,
        denominator_metric_id, denominator_metric_version, covariate_hours
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', NULL, NULL, NULL, NULL, NULL),
        ('orders', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all', NULL, NULL, NULL, NULL, NULL),
        ('per_order', 1, 'ratio', NULL, NULL, NULL, NULL, 'all', 'revenue', 1, 'orders', 1, 168.0e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'per_order', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        ROUND(g.center_d + g.sum_d / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_d,
        ROUND(g.center_x + g.sum_x / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_x,
        ROUND(g.center_w + g.sum_w / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_w,
        ROUND(g.sum_yx - g.sum_centered * g.sum_x / NULLIF(CAST(g.n_units AS float), 0), 9) AS product_yx,
        ROUND(g.sum_dw - g.sum_d * g.sum_w / NULLIF(CAST(g.n_units AS float), 0), 9) AS product_dw
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.mean_y,
        a.mean_d,
        a.mean_x,
        a.mean_w,
        a.product_yx,
        a.product_dw
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, mean_y, mean_d, mean_x, mean_w, product_yx, product_dw)
    VALUES
        ('per_order', 'control', 25.0e0, 1.5e0, 2.0e0, 0.5e0, 100.0e0, 1.5e0),
        ('per_order', 'treatment', 50.0e0, 0.5e0, 4.0e0, 0.5e0, -400.0e0, -0.5e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test filters: equals, in, range with its bounds, is null, not null,
    and two conditions together]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity
    )
    VALUES
        ('de', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all'),
        ('de_at', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all'),
        ('cheap', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all'),
        ('no_country', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all'),
        ('some_country', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all'),
        ('de_cheap', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all');
    INSERT INTO catalog.metric_filters
    (
        metric_id, metric_version, filter_number, value_number, attribute, operator, text_value, low_value,
        high_value
    )
    VALUES
        ('de', 1, 1, 1, 'country', 'equals', 'DE', NULL, NULL),
        ('de_at', 1, 1, 1, 'country', 'in', 'DE', NULL, NULL),
        ('de_at', 1, 1, 2, 'country', 'in', 'AT', NULL, NULL),
        ('cheap', 1, 1, 1, 'price', 'range', NULL, 10, 30),
        ('no_country', 1, 1, 1, 'country', 'is_null', NULL, NULL, NULL),
        ('some_country', 1, 1, 1, 'country', 'not_null', NULL, NULL, NULL),
        ('de_cheap', 1, 1, 1, 'country', 'equals', 'DE', NULL, NULL),
        ('de_cheap', 1, 2, 1, 'price', 'range', NULL, NULL, 30);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'de', 1), ('exp_1', 'de_at', 1), ('exp_1', 'cheap', 1), ('exp_1', 'no_country', 1), ('exp_1',
        'some_country', 1), ('exp_1', 'de_cheap', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.mean_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, mean_y)
    VALUES
        ('de', 'control', 2, 0.5e0),
        ('de', 'treatment', 2, 0.5e0),
        ('de_at', 'control', 2, 1.0e0),
        ('de_at', 'treatment', 2, 0.5e0),
        ('cheap', 'control', 2, 1.0e0),
        ('cheap', 'treatment', 2, 0.0e0),
        ('no_country', 'control', 2, 0.5e0),
        ('no_country', 'treatment', 2, 0.0e0),
        ('some_country', 'control', 2, 1.0e0),
        ('some_country', 'treatment', 2, 0.5e0),
        ('de_cheap', 'control', 2, 0.5e0),
        ('de_cheap', 'treatment', 2, 0.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test distinct values of an attribute]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, distinct_attribute
    )
    VALUES
        ('countries', 1, 'mean', 'purchase', 'distinct_values', 0.0e0, 72.0e0, 'all', 'country');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'countries', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.mean_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, mean_y)
    VALUES
        ('countries', 'control', 2, 1.0e0),
        ('countries', 'treatment', 2, 0.5e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test an absolute cap is kept beside the sums without it]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, cap_upper
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', 60.0e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        g.capped_count,
        ROUND(g.cap_upper, 9) AS cap_upper,
        ROUND(g.center_value + g.sum_raw_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS raw_mean
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.mean_y,
        a.capped_count,
        a.cap_upper,
        a.raw_mean
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, mean_y, capped_count, cap_upper, raw_mean)
    VALUES
        ('revenue', 'control', 2, 25.0e0, 0, 60.0e0, 25.0e0),
        ('revenue', 'treatment', 2, 30.0e0, 1, 60.0e0, 50.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a cap by percentile is taken over all arms, units without events included]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, winsor_lower, winsor_upper
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', 0.25e0, 0.9e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        g.capped_count,
        ROUND(g.cap_lower, 9) AS cap_lower,
        ROUND(g.cap_upper, 9) AS cap_upper,
        ROUND(g.center_value + g.sum_raw_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS raw_mean,
        g.cap_reason
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.mean_y,
        a.capped_count,
        a.cap_lower,
        a.cap_upper,
        a.raw_mean,
        a.cap_reason
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, mean_y, capped_count, cap_lower, cap_upper, raw_mean, cap_reason)
    VALUES
        ('revenue', 'control', 25.0e0, 0, 0.0e0, 85.0e0, 25.0e0, NULL),
        ('revenue', 'treatment', 42.5e0, 1, 0.0e0, 85.0e0, 50.0e0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a cap by percentile of the non-zero units]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, winsor_upper, winsor_nonzero
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', 0.5e0, 1);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        g.capped_count,
        ROUND(g.cap_upper, 9) AS cap_upper
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.mean_y,
        a.capped_count,
        a.cap_upper
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, mean_y, capped_count, cap_upper)
    VALUES
        ('revenue', 'control', 25.0e0, 0, 75.0e0),
        ('revenue', 'treatment', 37.5e0, 1, 75.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a cap that is 0 is degenerate and says so]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, winsor_upper
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 'all', 0.3e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'revenue', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        ROUND(g.cap_upper, 9) AS cap_upper,
        g.cap_reason
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.mean_y,
        a.cap_upper,
        a.cap_reason
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, mean_y, cap_upper, cap_reason)
    VALUES
        ('revenue', 'control', 0.0e0, 0.0e0, 'cap_degenerate'),
        ('revenue', 'treatment', 0.0e0, 0.0e0, 'cap_degenerate');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test delay holds units back until it has passed]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, delay_hours
    )
    VALUES
        ('in_time', 1, 'mean', 'visit', 'count', 0.0e0, 24.0e0, 'complete', 696.0e0),
        ('late', 1, 'mean', 'visit', 'count', 0.0e0, 24.0e0, 'complete', 696.01e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'in_time', 1), ('exp_1', 'late', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_assigned,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_assigned,
        a.n_units,
        a.mean_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_assigned, n_units, mean_y)
    VALUES
        ('in_time', 'control', 2, 2, 1.0e0),
        ('in_time', 'treatment', 2, 2, 0.0e0),
        ('late', 'control', 2, 0, NULL),
        ('late', 'treatment', 2, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test eligibility takes the units anchored within hours of the start,
    the end excluded]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, eligibility_hours
    )
    VALUES
        ('early', 1, 'mean', 'visit', 'count', 0.0e0, NULL, 'all', 24.01e0),
        ('none', 1, 'mean', 'visit', 'count', 0.0e0, NULL, 'all', 24.0e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'early', 1), ('exp_1', 'none', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units)
    VALUES
        ('early', 'control', 2),
        ('early', 'treatment', 2),
        ('none', 'control', 0),
        ('none', 'treatment', 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a quantile's row has the sum and the number of its values]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity, quantile_fraction
    )
    VALUES
        ('median', 1, 'quantile', 'purchase', NULL, 0.0e0, 72.0e0, 'all', 0.5e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'median', 1);

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        ROUND(g.center_d + g.sum_d / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_d
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.mean_y,
        a.mean_d
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, mean_y, mean_d)
    VALUES
        ('median', 'control', 2, 25.0e0, 1.5e0),
        ('median', 'treatment', 2, 50.0e0, 0.5e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test by dimension: the value that held at the assignment,
    units without one in no row]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity
    )
    VALUES
        ('orders', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'orders', 1);
    INSERT INTO catalog.dimensions (dimension_id, attribute)
    VALUES ('country', 'home_country');
    INSERT INTO catalog.experiment_dimensions (experiment_id, dimension_id)
    VALUES ('exp_1', 'country');
    INSERT INTO staging.stg_unit_attributes (unit_id, attribute, attribute_value, valid_from)
    VALUES
        ('c1', 'home_country', 'DE', CAST('0001-01-01' AS datetime2(6))),
        ('c1', 'home_country', 'AT', CAST('2026-01-02' AS datetime2(6))),
        ('c1', 'home_country', 'CH', CAST('2026-01-02T00:00:00.000001' AS datetime2(6))),
        ('c2', 'home_country', 'AT', CAST('0001-01-01' AS datetime2(6))),
        ('t1', 'home_country', 'DE', CAST('0001-01-01' AS datetime2(6))),
        ('t2', 'other', 'DE', CAST('0001-01-01' AS datetime2(6)));

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.dimension_value,
        g.n_assigned,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y
    INTO #actual
    FROM marts.agg_experiment_metric_by_dimension AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.dimension_value,
        a.n_assigned,
        a.n_units,
        a.mean_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, dimension_value, n_assigned, n_units, mean_y)
    VALUES
        ('orders', 'control', 'AT', 2, 2, 1.5e0),
        ('orders', 'treatment', 'DE', 1, 1, 1.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test clusters: the randomised unit has the sum over its members and their number]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity
    )
    VALUES
        ('orders', 1, 'mean', 'purchase', 'count', 0.0e0, 72.0e0, 'all'),
        ('bought', 1, 'proportion', 'purchase', 'count', 0.0e0, 72.0e0, 'all');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'orders', 1), ('exp_1', 'bought', 1);
    DELETE FROM marts.fct_experiment_cohort
    WHERE experiment_id = 'exp_1';
    UPDATE catalog.experiments
    SET cluster_attribute = 'account'
    WHERE experiment_id = 'exp_1';
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'a2', 2, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO marts.experiment_members (experiment_id, unit_number, member_number, unit_id)
    VALUES
        ('exp_1', 1, 1, 'c1'),
        ('exp_1', 1, 2, 'c2'),
        ('exp_1', 1, 3, 't1'),
        ('exp_1', 2, 4, 't2');

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y,
        ROUND(g.center_d + g.sum_d / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_d
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.mean_y,
        a.mean_d
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, n_units, mean_y, mean_d)
    VALUES
        ('orders', 'control', 1, 4.0e0, 3.0e0),
        ('orders', 'treatment', 1, 0.0e0, 1.0e0),
        ('bought', 'control', 1, 2.0e0, 3.0e0),
        ('bought', 'treatment', 1, 0.0e0, 1.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test two weight epochs have rows of their own]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity
    )
    VALUES
        ('visits', 1, 'mean', 'visit', 'count', 0.0e0, 72.0e0, 'all');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'visits', 1);
    UPDATE marts.fct_experiment_cohort
    SET weight_epoch = 2, arm_number = arm_number + 2
    WHERE unit_id IN ('c2', 't2');

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.weight_epoch,
        g.n_units,
        ROUND(g.center_value + g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS mean_y
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.weight_epoch,
        a.n_units,
        a.mean_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, variation_id, weight_epoch, n_units, mean_y)
    VALUES
        ('visits', 'control', 1, 1, 2.0e0),
        ('visits', 'control', 2, 1, 0.0e0),
        ('visits', 'treatment', 1, 1, 1.0e0),
        ('visits', 'treatment', 2, 1, 0.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test no units give no rows]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours,
        window_end_hours, maturity
    )
    VALUES
        ('visits', 1, 'mean', 'visit', 'count', 0.0e0, NULL, 'all');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'visits', 1);
    DELETE FROM marts.fct_experiment_cohort
    WHERE experiment_id = 'exp_1';

    EXEC marts.load_experiment_unit_dimensions @experiment_id = 'exp_1';
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a quantile of event values with the unit as the cluster,
    one unit alone has no variance]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours,
            maturity,
        quantile_fraction
    )
    VALUES
        ('median', 1, 'quantile', 'load', NULL, 0e0, 72e0, 'all', 0.5e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'median', 1);
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('l1', 'c1', 1, 21, 'load', 1e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l2', 'c1', 1, 22, 'load', 2e0, CAST('2026-01-02T02:00:00' AS datetime2(6))),
        ('l3', 'c1', 1, 23, 'load', 3e0, CAST('2026-01-02T03:00:00' AS datetime2(6))),
        ('l4', 'c1', 1, 24, 'load', NULL, CAST('2026-01-02T04:00:00' AS datetime2(6))),
        ('l5', 'c2', 1, 25, 'load', 10e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l6', 't1', 1, 26, 'load', 100e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l7', 't2', 1, 27, 'load', 100e0, CAST('2026-01-05T00:00:00' AS datetime2(6)));

    /* Control: 1, 2, 3 | 10. q = 2.5, J = 2 of 3 and 0 of 1, R = 1/2, residuals 1/2 and -1/2, V = 2 x 0.5 / 16. */

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        g.observation_count,
        ROUND(g.quantile_value, 9) AS quantile_value,
        g.share_at_or_below,
        ROUND(g.sum_residual_sq, 9) AS sum_residual_sq,
        ROUND(g.level_variance, 9) AS level_variance,
        g.lower_rank,
        g.upper_rank,
        g.lower_value,
        g.upper_value,
        g.atom_share
    INTO #actual
    FROM marts.agg_experiment_metric_quantiles AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.observation_count,
        a.quantile_value,
        a.share_at_or_below,
        a.sum_residual_sq,
        a.level_variance,
        a.lower_rank,
        a.upper_rank,
        a.lower_value,
        a.upper_value,
        a.atom_share
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (metric_id, variation_id, n_units, observation_count, quantile_value, share_at_or_below, sum_residual_sq,
            level_variance, lower_rank, upper_rank, lower_value, upper_value, atom_share)
    VALUES
        ('median', 'control', 2, 4, 2.5e0, 0.5e0, 0.5e0, 0.0625e0, 1, 4, 1.0e0, 10.0e0, 0.0e0),
        ('median', 'treatment', 1, 1, 100.0e0, 1.0e0, 0.0e0, NULL, NULL, NULL, NULL, NULL, 1.0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a quantile of ties is the tie, and its atom is their share]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours,
            maturity,
        quantile_fraction
    )
    VALUES
        ('p75', 1, 'quantile', 'load', NULL, 0e0, 72e0, 'all', 0.75e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'p75', 1);
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('l1', 'c1', 1, 21, 'load', 1e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l2', 'c1', 1, 22, 'load', 5e0, CAST('2026-01-02T02:00:00' AS datetime2(6))),
        ('l3', 'c2', 1, 23, 'load', 5e0, CAST('2026-01-02T03:00:00' AS datetime2(6))),
        ('l4', 'c2', 1, 24, 'load', 5e0, CAST('2026-01-02T04:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';

    SELECT
        g.quantile_value,
        g.share_at_or_below,
        g.level_variance,
        g.lower_value,
        g.upper_value,
        g.atom_share
    INTO #actual
    FROM marts.agg_experiment_metric_quantiles AS g;
    SELECT TOP (0)
        a.quantile_value,
        a.share_at_or_below,
        a.level_variance,
        a.lower_value,
        a.upper_value,
        a.atom_share
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (quantile_value, share_at_or_below, level_variance, lower_value, upper_value, atom_share)
    VALUES
        (5.0e0, 1.0e0, 0.0e0, 5.0e0, 5.0e0, 0.75e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test ranks: U with ties, units without events among them, only where asked for]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours,
            maturity,
        quantile_fraction
    )
    VALUES
        ('revenue', 1, 'mean', 'purchase', 'sum', 0e0, 72e0, 'all', NULL),
        ('orders', 1, 'mean', 'purchase', 'count', 0e0, 72e0, 'all', NULL);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, test_method)
    VALUES ('exp_1', 'revenue', 1, 'mann_whitney'), ('exp_1', 'orders', 1, NULL);

    /* Control 50, 0; treatment 100, 0: two pairs won, one tied. The value 0 is shared by two: 2^3 - 2. */

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.control_count,
        g.treatment_count,
        g.u_statistic,
        CAST(g.tie_sum AS bigint) AS tie_sum
    INTO #actual
    FROM marts.agg_experiment_metric_ranks AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (metric_id, variation_id, control_count, treatment_count, u_statistic, tie_sum)
    VALUES
        ('revenue', 'treatment', 2, 2, 2.5e0, 6);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test ranks: a lower cap above 0 holds units without events too]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours, maturity,
        cap_lower
    )
    VALUES ('revenue', 1, 'mean', 'purchase', 'sum', 0e0, 72e0, 'all', 60e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, test_method)
    VALUES ('exp_1', 'revenue', 1, 'mann_whitney');

    /* Control 50 and 0 are 60; treatment 100, and 0 is 60: two pairs won, two tied. Three share the 60: 3^3 - 3. */

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';

    SELECT
        g.control_count,
        g.treatment_count,
        g.u_statistic,
        CAST(g.tie_sum AS bigint) AS tie_sum
    INTO #actual
    FROM marts.agg_experiment_metric_ranks AS g;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (control_count, treatment_count, u_statistic, tie_sum)
    VALUES (2, 2, 3e0, 24);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test risk sets: events at 6 and 24 hours, two units censored at the window's end]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours,
            maturity,
        quantile_fraction
    )
    VALUES
        ('wait', 1, 'time_to_event', 'purchase', NULL, 0e0, 72e0, 'all', NULL);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'wait', 1);

    /* At 6 h 2 and 2 at risk: 1/2, 2 2 1 3 / (16 3); at 24 h 1 and 2: 2/3, 1 2 1 2 / (9 2). */

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.variation_id,
        g.control_count,
        g.treatment_count,
        g.control_event_count,
        g.treatment_event_count,
        ROUND(g.expected_event_count, 9) AS expected_event_count,
        ROUND(g.event_variance, 9) AS event_variance
    INTO #actual
    FROM marts.agg_experiment_metric_risk_sets AS g;
    SELECT TOP (0)
        a.variation_id,
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (variation_id, control_count, treatment_count, control_event_count, treatment_event_count,
            expected_event_count, event_variance)
    VALUES
        ('treatment', 2, 2, 1, 1, 1.166666667e0, 0.472222222e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test risk sets: an event at the time of a censoring still finds that unit at risk]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours,
            maturity,
        quantile_fraction
    )
    VALUES
        ('wait', 1, 'time_to_event', 'last', NULL, 0e0, NULL, 'all', NULL);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'wait', 1);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, load_id, line_number, event_name, event_at)
    VALUES
        ('l1', 'c1', 1, 21, 'last', CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l2', 't1', 1, 22, 'last', CAST('2026-02-01' AS datetime2(6)));
    UPDATE catalog.experiments
    SET end_at = CAST('2026-03-01' AS datetime2(6))
    WHERE experiment_id = 'exp_1';

    /* c1 at 1 h among 2 and 2; t1 at the watermark, where c2 and t2 are censored: among 1 and 2. */

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.variation_id,
        g.control_count,
        g.treatment_count,
        g.control_event_count,
        g.treatment_event_count,
        ROUND(g.expected_event_count, 9) AS expected_event_count,
        ROUND(g.event_variance, 9) AS event_variance
    INTO #actual
    FROM marts.agg_experiment_metric_risk_sets AS g;
    SELECT TOP (0)
        a.variation_id,
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (variation_id, control_count, treatment_count, control_event_count, treatment_event_count,
            expected_event_count, event_variance)
    VALUES
        ('treatment', 2, 2, 1, 1, 1.166666667e0, 0.472222222e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test a lower cap above 0 holds units without events too, of the covariate as well]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours,
        cap_lower, covariate_hours, maturity
    )
    VALUES
        ('raised', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 5e0, NULL, 'all'),
        ('adjusted', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 5e0, 168e0, 'all');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'raised', 1), ('exp_1', 'adjusted', 1);

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        g.min_value,
        g.max_value,
        g.capped_count,
        ROUND(g.center_x * CAST(g.n_units AS float) + g.sum_x, 9) AS total_x,
        g.missing_covariate_count AS missing_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.total_y,
        a.min_value,
        a.max_value,
        a.capped_count,
        a.total_x,
        a.missing_count
    INTO #expected
    FROM #actual AS a;
    /* y: 50 and none, 100 and none; x: 4 and none, none and 8. */
    INSERT INTO #expected
        (metric_id, variation_id, n_units, total_y, min_value, max_value, capped_count, total_x, missing_count)
    VALUES
        ('raised', 'control', 2, 55e0, 5e0, 50e0, 1, NULL, NULL),
        ('raised', 'treatment', 2, 105e0, 5e0, 100e0, 1, NULL, NULL),
        ('adjusted', 'control', 2, 55e0, 5e0, 50e0, 1, 10e0, 1),
        ('adjusted', 'treatment', 2, 105e0, 5e0, 100e0, 1, 13e0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_types.[test clusters: a mean of maxima is over members that have one, a cap holds each]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours,
        cap_lower, maturity, numerator_metric_id, numerator_metric_version, denominator_metric_id,
        denominator_metric_version
    )
    VALUES
        ('top', 1, 'mean', 'purchase', 'max', 0.0e0, 72.0e0, NULL, 'all', NULL, NULL, NULL, NULL),
        ('raised', 1, 'mean', 'purchase', 'sum', 0.0e0, 72.0e0, 5e0, 'all', NULL, NULL, NULL, NULL),
        ('visits', 1, 'mean', 'visit', 'count', 0.0e0, 72.0e0, NULL, 'all', NULL, NULL, NULL, NULL),
        ('raised_per_visit', 1, 'ratio', NULL, NULL, NULL, NULL, NULL, 'all', 'raised', 1, 'visits', 1);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'top', 1), ('exp_1', 'raised', 1), ('exp_1', 'raised_per_visit', 1);
    DELETE FROM marts.fct_experiment_cohort
    WHERE experiment_id = 'exp_1';
    UPDATE catalog.experiments
    SET cluster_attribute = 'account'
    WHERE experiment_id = 'exp_1';
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'a2', 2, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO marts.experiment_members (experiment_id, unit_number, member_number, unit_id)
    VALUES
        ('exp_1', 1, 1, 'c1'),
        ('exp_1', 1, 2, 'c2'),
        ('exp_1', 1, 3, 't1'),
        ('exp_1', 2, 4, 't2');

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.variation_id,
        g.n_units,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        ROUND(g.center_d * CAST(g.n_units AS float) + g.sum_d, 9) AS total_d,
        g.capped_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.n_units,
        a.total_y,
        a.total_d,
        a.capped_count
    INTO #expected
    FROM #actual AS a;
    /* Members of a1: maxima 30, none, 100; sums 50, none, 100. The member of a2 has no purchase. */
    INSERT INTO #expected (metric_id, variation_id, n_units, total_y, total_d, capped_count)
    VALUES
        ('top', 'control', 1, 130e0, 2e0, NULL),
        ('top', 'treatment', 0, 0e0, 0e0, NULL),
        ('raised', 'control', 1, 155e0, 3e0, 1),
        ('raised', 'treatment', 1, 5e0, 1e0, 1),
        ('raised_per_visit', 'control', 1, 155e0, 3e0, 1),
        ('raised_per_visit', 'treatment', 1, 5e0, 0e0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

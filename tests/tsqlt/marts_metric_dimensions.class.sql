/*
Quantiles, ranks and risk sets by the value of a dimension, on rows worked out by hand. Three units of the control (c1,
c2, c3) and three of the treatment (t1, t2, t3), anchored on 2 January at midnight; the watermark is 2026-02-01. The
country of c1, c2, t1 and t2 is DE, that of c3 AT; t3 has none. c1 and t1 have a value of a second dimension.
*/
EXEC tSQLt.NewTestClass 'marts_metric_dimensions';
GO
CREATE PROCEDURE marts_metric_dimensions.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'catalog.metric_filters';
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
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
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES
        ('exp_1', 1, 'control', 1),
        ('exp_1', 2, 'treatment', 1);
    INSERT INTO catalog.experiments (experiment_id, start_at, computed_modes)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), 'itt');
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_1', 'control', 1, 0.5e0), ('exp_1', 'treatment', 0, 0.5e0);
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, window_end_hours, maturity,
        quantile_fraction
    )
    VALUES
        ('median', 1, 'quantile', 'load', NULL, 0e0, 72e0, 'all', 0.5e0),
        ('wait', 1, 'time_to_event', 'buy', NULL, 0e0, 72e0, 'all', NULL),
        ('spend', 1, 'mean', 'pay', 'sum', 0e0, 72e0, 'all', NULL);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, test_method)
    VALUES ('exp_1', 'median', 1, NULL), ('exp_1', 'wait', 1, NULL), ('exp_1', 'spend', 1, 'mann_whitney');
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'c1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'c2', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'c3', 3, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 't1', 4, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 't2', 5, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 't3', 6, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO marts.experiment_unit_dimensions (experiment_id, dimension_id, unit_number, dimension_value)
    VALUES
        ('exp_1', 'country', 1, 'DE'),
        ('exp_1', 'country', 2, 'DE'),
        ('exp_1', 'country', 3, 'AT'),
        ('exp_1', 'country', 4, 'DE'),
        ('exp_1', 'country', 5, 'DE'),
        ('exp_1', 'os', 1, 'ios'),
        ('exp_1', 'os', 4, 'ios'),
        ('exp_2', 'country', 2, 'CH'),
        ('exp_2', 'country', 6, 'CH');
    INSERT INTO ops.load_log (load_id, status, staged_at)
    VALUES (1, 'finished', CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('l1', 'c1', 1, 1, 'load', 1e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l2', 'c1', 1, 2, 'load', 2e0, CAST('2026-01-02T02:00:00' AS datetime2(6))),
        ('l3', 'c1', 1, 3, 'load', 3e0, CAST('2026-01-02T03:00:00' AS datetime2(6))),
        ('l4', 'c2', 1, 4, 'load', 10e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l5', 'c3', 1, 5, 'load', 1.5e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l6', 't1', 1, 6, 'load', 4e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l7', 't1', 1, 7, 'load', 4e0, CAST('2026-01-02T02:00:00' AS datetime2(6))),
        ('l8', 't2', 1, 8, 'load', 4e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('l9', 't3', 1, 9, 'load', 100e0, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('b1', 'c1', 1, 11, 'buy', NULL, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('b2', 'c3', 1, 12, 'buy', NULL, CAST('2026-01-03T00:00:00' AS datetime2(6))),
        ('b3', 't1', 1, 13, 'buy', NULL, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('b4', 't2', 1, 14, 'buy', NULL, CAST('2026-01-03T00:00:00' AS datetime2(6))),
        ('b5', 't3', 1, 15, 'buy', NULL, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('p1', 'c1', 1, 21, 'pay', 5e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('p2', 'c3', 1, 22, 'pay', 5e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('p3', 't1', 1, 23, 'pay', 5e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('p4', 't2', 1, 24, 'pay', 8e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('p5', 't3', 1, 25, 'pay', 1e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('last', 'nobody', 1, 31, 'visit', NULL, CAST('2026-02-01' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_metric_dimensions.[test quantiles: each value by itself, a unit without one in none, ties]
AS
BEGIN
    /*
    DE, control: 1, 2, 3 | 10: q = 2.5, J = 2 of 3 and 0 of 1, R = 1/2, residuals 1/2 and -1/2, V = 2 x 0.5 / 16, ranks
    4 (0.5 -+ 0.49). DE, treatment: 4, 4 | 4. AT: one unit, and none of the treatment. All: 1, 2, 3 | 10 | 1.5 has R = 3/5
    and 4, 4 | 4 | 100 has R = 3/4.
    */

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';

    SELECT
        g.dimension_id,
        g.dimension_value,
        g.variation_id,
        g.n_units,
        g.observation_count,
        ROUND(g.quantile_value, 9) AS quantile_value,
        ROUND(g.share_at_or_below, 9) AS share_at_or_below,
        ROUND(g.sum_residual_sq, 9) AS sum_residual_sq,
        ROUND(g.level_variance, 9) AS level_variance,
        g.lower_rank,
        g.upper_rank,
        g.lower_value,
        g.upper_value,
        ROUND(g.atom_share, 9) AS atom_share
    INTO #actual
    FROM marts.agg_experiment_metric_quantiles_by_dimension AS g;
    SELECT TOP (0)
        a.dimension_id,
        a.dimension_value,
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
    (
        dimension_id, dimension_value, variation_id, n_units, observation_count, quantile_value, share_at_or_below,
        sum_residual_sq, level_variance, lower_rank, upper_rank, lower_value, upper_value, atom_share
    )
    VALUES
        ('country', 'AT', 'control', 1, 1, 1.5e0, 1e0, 0e0, NULL, NULL, NULL, NULL, NULL, 1e0),
        ('country', 'DE', 'control', 2, 4, 2.5e0, 0.5e0, 0.5e0, 0.0625e0, 1, 4, 1e0, 10e0, 0e0),
        ('country', 'DE', 'treatment', 2, 3, 4e0, 1e0, 0e0, 0e0, 1, 2, 4e0, 4e0, 1e0),
        ('os', 'ios', 'control', 1, 3, 2e0, 0.666666667e0, 0e0, NULL, NULL, NULL, NULL, NULL, 0.333333333e0),
        ('os', 'ios', 'treatment', 1, 2, 4e0, 1e0, 0e0, NULL, NULL, NULL, NULL, NULL, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        g.variation_id,
        g.n_units,
        g.observation_count,
        g.quantile_value,
        ROUND(g.level_variance, 9) AS level_variance
    INTO #actual_all
    FROM marts.agg_experiment_metric_quantiles AS g;
    SELECT TOP (0)
        a.variation_id,
        a.n_units,
        a.observation_count,
        a.quantile_value,
        a.level_variance
    INTO #expected_all
    FROM #actual_all AS a;
    INSERT INTO #expected_all
    (
        variation_id, n_units, observation_count, quantile_value, level_variance
    )
    VALUES
        ('control', 3, 5, 2e0, 0.0336e0),
        ('treatment', 3, 4, 4e0, 0.082031250e0);
    EXEC tSQLt.AssertEqualsTable '#expected_all', '#actual_all';
END;
GO
CREATE PROCEDURE marts_metric_dimensions.[test risk sets: those at risk have the value too, also where one arm is empty]
AS
BEGIN
    /*
    DE: at 6 h 2 and 2 at risk, an event in each: 1, 2 2 2 2 / (16 3); at 24 h 1 and 1: 1/2, 1/4. AT: one unit of the
    control alone. ios: at 6 h 1 and 1 at risk, both with an event: 1, and no variance.
    */

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.dimension_id,
        g.dimension_value,
        g.variation_id,
        g.weight_epoch,
        g.control_count,
        g.treatment_count,
        g.control_event_count,
        g.treatment_event_count,
        ROUND(g.expected_event_count, 9) AS expected_event_count,
        ROUND(g.event_variance, 9) AS event_variance
    INTO #actual
    FROM marts.agg_experiment_metric_risk_sets_by_dimension AS g;
    SELECT TOP (0)
        a.dimension_id,
        a.dimension_value,
        a.variation_id,
        a.weight_epoch,
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        dimension_id, dimension_value, variation_id, weight_epoch, control_count, treatment_count,
        control_event_count, treatment_event_count, expected_event_count, event_variance
    )
    VALUES
        ('country', 'AT', 'treatment', 1, 1, 0, 1, 0, 0e0, 0e0),
        ('country', 'DE', 'treatment', 1, 2, 2, 1, 2, 1.5e0, 0.583333333e0),
        ('os', 'ios', 'treatment', 1, 1, 1, 1, 1, 1e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        g.variation_id,
        g.control_count,
        g.treatment_count,
        g.control_event_count,
        g.treatment_event_count
    INTO #actual_all
    FROM marts.agg_experiment_metric_risk_sets AS g;
    SELECT TOP (0)
        a.variation_id,
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count
    INTO #expected_all
    FROM #actual_all AS a;
    INSERT INTO #expected_all
    (
        variation_id, control_count, treatment_count, control_event_count, treatment_event_count
    )
    VALUES
        ('treatment', 3, 3, 2, 3);
    EXEC tSQLt.AssertEqualsTable '#expected_all', '#actual_all';
END;
GO
CREATE PROCEDURE marts_metric_dimensions.[test ranks: pairs within the value, ties, a unit without events with 0]
AS
BEGIN
    /*
    DE: 5, 0 against 5, 8: 1.5 + 2, the value 5 shared by two. AT: 5 alone. ios: 5 against 5. All: 5, 0, 5 against 5, 8,
    1: 2 + 3 + 1, the value 5 shared by three.
    */

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';

    SELECT
        g.dimension_id,
        g.dimension_value,
        g.metric_id,
        g.variation_id,
        g.weight_epoch,
        g.control_count,
        g.treatment_count,
        g.u_statistic,
        CAST(g.tie_sum AS bigint) AS tie_sum
    INTO #actual
    FROM marts.agg_experiment_metric_ranks_by_dimension AS g;
    SELECT TOP (0)
        a.dimension_id,
        a.dimension_value,
        a.metric_id,
        a.variation_id,
        a.weight_epoch,
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        dimension_id, dimension_value, metric_id, variation_id, weight_epoch, control_count, treatment_count,
        u_statistic, tie_sum
    )
    VALUES
        ('country', 'AT', 'spend', 'treatment', 1, 1, 0, 0e0, 0),
        ('country', 'DE', 'spend', 'treatment', 1, 2, 2, 3.5e0, 6),
        ('os', 'ios', 'spend', 'treatment', 1, 1, 1, 0.5e0, 6);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        g.variation_id,
        g.control_count,
        g.treatment_count,
        g.u_statistic,
        CAST(g.tie_sum AS bigint) AS tie_sum
    INTO #actual_all
    FROM marts.agg_experiment_metric_ranks AS g;
    SELECT TOP (0)
        a.variation_id,
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected_all
    FROM #actual_all AS a;
    INSERT INTO #expected_all (variation_id, control_count, treatment_count, u_statistic, tie_sum)
    VALUES
        ('treatment', 3, 3, 6e0, 24);
    EXEC tSQLt.AssertEqualsTable '#expected_all', '#actual_all';
END;
GO
CREATE PROCEDURE marts_metric_dimensions.[test without values there are no rows, and those of before go]
AS
BEGIN
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';
    DELETE FROM marts.experiment_unit_dimensions
    WHERE experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_quantiles_by_dimension';
    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_ranks_by_dimension';
    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_risk_sets_by_dimension';
    SELECT
        (SELECT COUNT_BIG(*) FROM marts.agg_experiment_metric_quantiles AS q) AS quantile_count,
        (SELECT COUNT_BIG(*) FROM marts.agg_experiment_metric_ranks AS r) AS rank_count,
        (SELECT COUNT_BIG(*) FROM marts.agg_experiment_metric_risk_sets AS s) AS risk_set_count
    INTO #actual;
    SELECT TOP (0)
        a.quantile_count,
        a.rank_count,
        a.risk_set_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (quantile_count, rank_count, risk_set_count)
    VALUES (2, 1, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

/*
Every metric type at its edges: no units, one unit, no events, events without value, values that are all 0, ties, and
events exactly on each bound of each window. The same metrics in every test: windows [0, 24) hours from the anchor, the
days over [0, 48), retention over [24, 48), the covariate over [-24, 0). One arm, anchored on 2 January at midnight.
*/
EXEC tSQLt.NewTestClass 'marts_metric_edges';
GO
CREATE PROCEDURE marts_metric_edges.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
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
        ('exp_1', 1, 'control', 1);
    INSERT INTO catalog.experiments (experiment_id, start_at, computed_modes)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), 'itt');
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_1', 'control', 1, 0.5e0), ('exp_1', 'treatment', 0, 0.5e0);
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, threshold, window_start_hours,
        window_end_hours, cap_upper, winsor_upper, covariate_hours, quantile_fraction, maturity
    )
    VALUES
        ('p_count', 1, 'proportion', 'e', 'count', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('p_sum', 1, 'proportion', 'e', 'sum', 5e0, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('p_max', 1, 'proportion', 'e', 'max', 5e0, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_count', 1, 'mean', 'e', 'count', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_values', 1, 'mean', 'e', 'value_count', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_sum', 1, 'mean', 'e', 'sum', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_max', 1, 'mean', 'e', 'max', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_min', 1, 'mean', 'e', 'min', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_avg', 1, 'mean', 'e', 'avg', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_distinct', 1, 'mean', 'e', 'distinct_values', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_days', 1, 'mean', 'e', 'distinct_days', NULL, 0e0, 48e0, NULL, NULL, NULL, NULL, 'all'),
        ('m_first', 1, 'mean', 'e', 'first_time', NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('back', 1, 'retention', 'e', NULL, NULL, 24e0, 48e0, NULL, NULL, NULL, NULL, 'all'),
        ('share', 1, 'ratio', NULL, NULL, NULL, 0e0, NULL, NULL, NULL, NULL, NULL, 'all'),
        ('median', 1, 'quantile', 'e', NULL, NULL, 0e0, 24e0, NULL, NULL, NULL, 0.5e0, 'all'),
        ('wait', 1, 'time_to_event', 'e', NULL, NULL, 0e0, 24e0, NULL, NULL, NULL, NULL, 'all'),
        ('capped', 1, 'mean', 'e', 'sum', NULL, 0e0, 24e0, 5e0, NULL, NULL, NULL, 'all'),
        ('winsor', 1, 'mean', 'e', 'sum', NULL, 0e0, 24e0, NULL, 0.5e0, NULL, NULL, 'all'),
        ('cuped', 1, 'mean', 'e', 'sum', NULL, 0e0, 24e0, NULL, NULL, 24e0, NULL, 'all');
    UPDATE catalog.metric_definitions
    SET
        numerator_metric_id = 'm_sum',
        numerator_metric_version = 1,
        denominator_metric_id = 'm_count',
        denominator_metric_version = 1
    WHERE metric_id = 'share';
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, test_method)
    SELECT
        'exp_1' AS experiment_id,
        d.metric_id,
        1 AS metric_version,
        CASE WHEN d.metric_id = 'm_sum' THEN 'mann_whitney' END AS test_method
    FROM catalog.metric_definitions AS d;
    /* The data reach 2026-02-01. */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES ('last', 'nobody', 1, 99, 'x', NULL, CAST('2026-02-01' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_metric_edges.[test no units give no rows, whatever their events]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'a', 1, 1, 'e', 1e0, CAST('2026-01-02T06:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_by_variant';
    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_quantiles';
    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_ranks';
    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_risk_sets';
END;
GO
CREATE PROCEDURE marts_metric_edges.[test one unit without events is 0 where events are counted, and none elsewhere]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS squares,
        g.min_value,
        g.max_value,
        g.capped_count,
        ROUND(g.center_d * CAST(g.n_units AS float) + g.sum_d, 9) AS total_d,
        ROUND(g.center_x * CAST(g.n_units AS float) + g.sum_x, 9) AS total_x,
        g.missing_covariate_count AS missing_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.total_y,
        a.squares,
        a.min_value,
        a.max_value,
        a.capped_count,
        a.total_d,
        a.total_x,
        a.missing_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, n_assigned, n_units, success_count, total_y, squares, min_value, max_value, capped_count, total_d,
        total_x, missing_count
    )
    VALUES
        ('p_count', 1, 1, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('p_sum', 1, 1, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('p_max', 1, 0, 0, 0e0, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('m_count', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_values', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_sum', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_max', 1, 0, NULL, 0e0, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('m_min', 1, 0, NULL, 0e0, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('m_avg', 1, 0, NULL, 0e0, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('m_distinct', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_days', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_first', 1, 0, NULL, 0e0, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('back', 1, 1, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('share', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, 0e0, NULL, NULL),
        ('median', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, 0e0, NULL, NULL),
        ('wait', 1, 0, NULL, 0e0, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('capped', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, 0, NULL, NULL, NULL),
        ('winsor', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, 0, NULL, NULL, NULL),
        ('cuped', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, 0e0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        q.variation_id,
        q.n_units,
        q.observation_count,
        ROUND(q.quantile_value, 9) AS quantile_value,
        ROUND(q.share_at_or_below, 9) AS share_at_or_below,
        ROUND(q.level_variance, 9) AS level_variance,
        q.lower_value,
        q.upper_value,
        ROUND(q.atom_share, 9) AS atom_share
    INTO #quantiles
    FROM marts.agg_experiment_metric_quantiles AS q;
    EXEC tSQLt.AssertEmptyTable '#quantiles';

    SELECT
        r.control_count,
        r.treatment_count,
        r.u_statistic,
        r.tie_sum
    INTO #ranks
    FROM marts.agg_experiment_metric_ranks AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected_ranks
    FROM #ranks AS a;
    INSERT INTO #expected_ranks (control_count, treatment_count, u_statistic, tie_sum)
    VALUES (1, 0, 0e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected_ranks', '#ranks';

    SELECT
        r.control_count,
        r.treatment_count,
        r.control_event_count,
        r.treatment_event_count,
        ROUND(r.expected_event_count, 9) AS expected_event_count,
        ROUND(r.event_variance, 9) AS event_variance
    INTO #risk_sets
    FROM marts.agg_experiment_metric_risk_sets AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected_risk_sets
    FROM #risk_sets AS a;
    INSERT INTO #expected_risk_sets
    (
        control_count, treatment_count, control_event_count, treatment_event_count, expected_event_count,
        event_variance
    )
    VALUES (1, 0, 0, 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected_risk_sets', '#risk_sets';
END;
GO
CREATE PROCEDURE marts_metric_edges.[test one unit with one event, and one before it]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'a', 1, 1, 'e', 8e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e2', 'a', 1, 2, 'e', 3e0, CAST('2026-01-01T23:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS squares,
        g.min_value,
        g.max_value,
        g.capped_count,
        ROUND(g.center_d * CAST(g.n_units AS float) + g.sum_d, 9) AS total_d,
        ROUND(g.center_x * CAST(g.n_units AS float) + g.sum_x, 9) AS total_x,
        g.missing_covariate_count AS missing_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.total_y,
        a.squares,
        a.min_value,
        a.max_value,
        a.capped_count,
        a.total_d,
        a.total_x,
        a.missing_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, n_assigned, n_units, success_count, total_y, squares, min_value, max_value, capped_count, total_d,
        total_x, missing_count
    )
    VALUES
        ('p_count', 1, 1, 1, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_sum', 1, 1, 1, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_max', 1, 1, 1, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_count', 1, 1, NULL, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_values', 1, 1, NULL, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_sum', 1, 1, NULL, 8e0, 0e0, 8e0, 8e0, NULL, NULL, NULL, NULL),
        ('m_max', 1, 1, NULL, 8e0, 0e0, 8e0, 8e0, NULL, NULL, NULL, NULL),
        ('m_min', 1, 1, NULL, 8e0, 0e0, 8e0, 8e0, NULL, NULL, NULL, NULL),
        ('m_avg', 1, 1, NULL, 8e0, 0e0, 8e0, 8e0, NULL, NULL, NULL, NULL),
        ('m_distinct', 1, 1, NULL, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_days', 1, 1, NULL, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_first', 1, 1, NULL, 6e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('back', 1, 1, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('share', 1, 1, NULL, 8e0, 0e0, 8e0, 8e0, NULL, 1e0, NULL, NULL),
        ('median', 1, 1, NULL, 8e0, 0e0, 8e0, 8e0, NULL, 1e0, NULL, NULL),
        ('wait', 1, 1, NULL, 6e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('capped', 1, 1, NULL, 5e0, 0e0, 5e0, 5e0, 1, NULL, NULL, NULL),
        ('winsor', 1, 1, NULL, 8e0, 0e0, 8e0, 8e0, 0, NULL, NULL, NULL),
        ('cuped', 1, 1, NULL, 8e0, 0e0, 8e0, 8e0, NULL, NULL, 3e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        q.variation_id,
        q.n_units,
        q.observation_count,
        ROUND(q.quantile_value, 9) AS quantile_value,
        ROUND(q.share_at_or_below, 9) AS share_at_or_below,
        ROUND(q.level_variance, 9) AS level_variance,
        q.lower_value,
        q.upper_value,
        ROUND(q.atom_share, 9) AS atom_share
    INTO #quantiles
    FROM marts.agg_experiment_metric_quantiles AS q;
    SELECT TOP (0)
        a.variation_id,
        a.n_units,
        a.observation_count,
        a.quantile_value,
        a.share_at_or_below,
        a.level_variance,
        a.lower_value,
        a.upper_value,
        a.atom_share
    INTO #expected_quantiles
    FROM #quantiles AS a;
    INSERT INTO #expected_quantiles
    (
        variation_id, n_units, observation_count, quantile_value, share_at_or_below, level_variance, lower_value,
        upper_value, atom_share
    )
    VALUES
        ('control', 1, 1, 8e0, 1e0, NULL, NULL, NULL, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected_quantiles', '#quantiles';

    SELECT
        r.control_count,
        r.treatment_count,
        r.u_statistic,
        r.tie_sum
    INTO #ranks
    FROM marts.agg_experiment_metric_ranks AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected_ranks
    FROM #ranks AS a;
    INSERT INTO #expected_ranks (control_count, treatment_count, u_statistic, tie_sum)
    VALUES (1, 0, 0e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected_ranks', '#ranks';

    SELECT
        r.control_count,
        r.treatment_count,
        r.control_event_count,
        r.treatment_event_count,
        ROUND(r.expected_event_count, 9) AS expected_event_count,
        ROUND(r.event_variance, 9) AS event_variance
    INTO #risk_sets
    FROM marts.agg_experiment_metric_risk_sets AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected_risk_sets
    FROM #risk_sets AS a;
    INSERT INTO #expected_risk_sets
    (
        control_count, treatment_count, control_event_count, treatment_event_count, expected_event_count,
        event_variance
    )
    VALUES (1, 0, 1, 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected_risk_sets', '#risk_sets';
END;
GO
CREATE PROCEDURE marts_metric_edges.[test values that are all 0 are values, and all ties]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'b', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'a', 1, 1, 'e', 0e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e2', 'b', 1, 2, 'e', 0e0, CAST('2026-01-02T06:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS squares,
        g.min_value,
        g.max_value,
        g.capped_count,
        ROUND(g.center_d * CAST(g.n_units AS float) + g.sum_d, 9) AS total_d,
        ROUND(g.center_x * CAST(g.n_units AS float) + g.sum_x, 9) AS total_x,
        g.missing_covariate_count AS missing_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.total_y,
        a.squares,
        a.min_value,
        a.max_value,
        a.capped_count,
        a.total_d,
        a.total_x,
        a.missing_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, n_assigned, n_units, success_count, total_y, squares, min_value, max_value, capped_count, total_d,
        total_x, missing_count
    )
    VALUES
        ('p_count', 2, 2, 2, 2e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_sum', 2, 2, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('p_max', 2, 2, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_count', 2, 2, NULL, 2e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_values', 2, 2, NULL, 2e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_sum', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_max', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_min', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_avg', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_distinct', 2, 2, NULL, 2e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_days', 2, 2, NULL, 2e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_first', 2, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('back', 2, 2, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('share', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, NULL, 2e0, NULL, NULL),
        ('median', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, NULL, 2e0, NULL, NULL),
        ('wait', 2, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('capped', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, 0, NULL, NULL, NULL),
        ('winsor', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, 0, NULL, NULL, NULL),
        ('cuped', 2, 2, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, 0e0, 2);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        q.variation_id,
        q.n_units,
        q.observation_count,
        ROUND(q.quantile_value, 9) AS quantile_value,
        ROUND(q.share_at_or_below, 9) AS share_at_or_below,
        ROUND(q.level_variance, 9) AS level_variance,
        q.lower_value,
        q.upper_value,
        ROUND(q.atom_share, 9) AS atom_share
    INTO #quantiles
    FROM marts.agg_experiment_metric_quantiles AS q;
    SELECT TOP (0)
        a.variation_id,
        a.n_units,
        a.observation_count,
        a.quantile_value,
        a.share_at_or_below,
        a.level_variance,
        a.lower_value,
        a.upper_value,
        a.atom_share
    INTO #expected_quantiles
    FROM #quantiles AS a;
    INSERT INTO #expected_quantiles
    (
        variation_id, n_units, observation_count, quantile_value, share_at_or_below, level_variance, lower_value,
        upper_value, atom_share
    )
    VALUES
        ('control', 2, 2, 0e0, 1e0, 0e0, 0e0, 0e0, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected_quantiles', '#quantiles';

    SELECT
        r.control_count,
        r.treatment_count,
        r.u_statistic,
        r.tie_sum
    INTO #ranks
    FROM marts.agg_experiment_metric_ranks AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected_ranks
    FROM #ranks AS a;
    INSERT INTO #expected_ranks (control_count, treatment_count, u_statistic, tie_sum)
    VALUES (2, 0, 0e0, 6);
    EXEC tSQLt.AssertEqualsTable '#expected_ranks', '#ranks';

    SELECT
        r.control_count,
        r.treatment_count,
        r.control_event_count,
        r.treatment_event_count,
        ROUND(r.expected_event_count, 9) AS expected_event_count,
        ROUND(r.event_variance, 9) AS event_variance
    INTO #risk_sets
    FROM marts.agg_experiment_metric_risk_sets AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected_risk_sets
    FROM #risk_sets AS a;
    INSERT INTO #expected_risk_sets
    (
        control_count, treatment_count, control_event_count, treatment_event_count, expected_event_count,
        event_variance
    )
    VALUES (2, 0, 2, 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected_risk_sets', '#risk_sets';
END;
GO
CREATE PROCEDURE marts_metric_edges.[test events without a value count, and their values are none]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'b', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'a', 1, 1, 'e', NULL, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e2', 'b', 1, 2, 'e', NULL, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e3', 'b', 1, 3, 'e', 4e0, CAST('2026-01-02T07:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS squares,
        g.min_value,
        g.max_value,
        g.capped_count,
        ROUND(g.center_d * CAST(g.n_units AS float) + g.sum_d, 9) AS total_d,
        ROUND(g.center_x * CAST(g.n_units AS float) + g.sum_x, 9) AS total_x,
        g.missing_covariate_count AS missing_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.total_y,
        a.squares,
        a.min_value,
        a.max_value,
        a.capped_count,
        a.total_d,
        a.total_x,
        a.missing_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, n_assigned, n_units, success_count, total_y, squares, min_value, max_value, capped_count, total_d,
        total_x, missing_count
    )
    VALUES
        ('p_count', 2, 2, 2, 2e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_sum', 2, 2, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('p_max', 2, 1, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_count', 2, 2, NULL, 3e0, 0.5e0, 1e0, 2e0, NULL, NULL, NULL, NULL),
        ('m_values', 2, 2, NULL, 1e0, 0.5e0, 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_sum', 2, 2, NULL, 4e0, 8e0, 0e0, 4e0, NULL, NULL, NULL, NULL),
        ('m_max', 2, 1, NULL, 4e0, 0e0, 4e0, 4e0, NULL, NULL, NULL, NULL),
        ('m_min', 2, 1, NULL, 4e0, 0e0, 4e0, 4e0, NULL, NULL, NULL, NULL),
        ('m_avg', 2, 1, NULL, 4e0, 0e0, 4e0, 4e0, NULL, NULL, NULL, NULL),
        ('m_distinct', 2, 2, NULL, 1e0, 0.5e0, 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_days', 2, 2, NULL, 2e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_first', 2, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('back', 2, 2, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('share', 2, 2, NULL, 4e0, 8e0, 0e0, 4e0, NULL, 3e0, NULL, NULL),
        ('median', 2, 2, NULL, 4e0, 8e0, 0e0, 4e0, NULL, 1e0, NULL, NULL),
        ('wait', 2, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('capped', 2, 2, NULL, 4e0, 8e0, 0e0, 4e0, 0, NULL, NULL, NULL),
        ('winsor', 2, 2, NULL, 2e0, 2e0, 0e0, 2e0, 1, NULL, NULL, NULL),
        ('cuped', 2, 2, NULL, 4e0, 8e0, 0e0, 4e0, NULL, NULL, 0e0, 2);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        q.variation_id,
        q.n_units,
        q.observation_count,
        ROUND(q.quantile_value, 9) AS quantile_value,
        ROUND(q.share_at_or_below, 9) AS share_at_or_below,
        ROUND(q.level_variance, 9) AS level_variance,
        q.lower_value,
        q.upper_value,
        ROUND(q.atom_share, 9) AS atom_share
    INTO #quantiles
    FROM marts.agg_experiment_metric_quantiles AS q;
    SELECT TOP (0)
        a.variation_id,
        a.n_units,
        a.observation_count,
        a.quantile_value,
        a.share_at_or_below,
        a.level_variance,
        a.lower_value,
        a.upper_value,
        a.atom_share
    INTO #expected_quantiles
    FROM #quantiles AS a;
    INSERT INTO #expected_quantiles
    (
        variation_id, n_units, observation_count, quantile_value, share_at_or_below, level_variance, lower_value,
        upper_value, atom_share
    )
    VALUES
        ('control', 1, 1, 4e0, 1e0, NULL, NULL, NULL, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected_quantiles', '#quantiles';

    SELECT
        r.control_count,
        r.treatment_count,
        r.u_statistic,
        r.tie_sum
    INTO #ranks
    FROM marts.agg_experiment_metric_ranks AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected_ranks
    FROM #ranks AS a;
    INSERT INTO #expected_ranks (control_count, treatment_count, u_statistic, tie_sum)
    VALUES (2, 0, 0e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected_ranks', '#ranks';

    SELECT
        r.control_count,
        r.treatment_count,
        r.control_event_count,
        r.treatment_event_count,
        ROUND(r.expected_event_count, 9) AS expected_event_count,
        ROUND(r.event_variance, 9) AS event_variance
    INTO #risk_sets
    FROM marts.agg_experiment_metric_risk_sets AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected_risk_sets
    FROM #risk_sets AS a;
    INSERT INTO #expected_risk_sets
    (
        control_count, treatment_count, control_event_count, treatment_event_count, expected_event_count,
        event_variance
    )
    VALUES (2, 0, 2, 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected_risk_sets', '#risk_sets';
END;
GO
CREATE PROCEDURE marts_metric_edges.[test ties: the same value and time, twice in a unit and in two units of three]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'b', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'c', 3, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'a', 1, 1, 'e', 6e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e2', 'a', 1, 2, 'e', 6e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e3', 'b', 1, 3, 'e', 6e0, CAST('2026-01-02T06:00:00' AS datetime2(6))),
        ('e4', 'b', 1, 4, 'e', 6e0, CAST('2026-01-02T06:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS squares,
        g.min_value,
        g.max_value,
        g.capped_count,
        ROUND(g.center_d * CAST(g.n_units AS float) + g.sum_d, 9) AS total_d,
        ROUND(g.center_x * CAST(g.n_units AS float) + g.sum_x, 9) AS total_x,
        g.missing_covariate_count AS missing_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.total_y,
        a.squares,
        a.min_value,
        a.max_value,
        a.capped_count,
        a.total_d,
        a.total_x,
        a.missing_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, n_assigned, n_units, success_count, total_y, squares, min_value, max_value, capped_count, total_d,
        total_x, missing_count
    )
    VALUES
        ('p_count', 3, 3, 2, 2e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_sum', 3, 3, 2, 2e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_max', 3, 2, 2, 2e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_count', 3, 3, NULL, 4e0, ROUND(8e0 / 3e0, 9), 0e0, 2e0, NULL, NULL, NULL, NULL),
        ('m_values', 3, 3, NULL, 4e0, ROUND(8e0 / 3e0, 9), 0e0, 2e0, NULL, NULL, NULL, NULL),
        ('m_sum', 3, 3, NULL, 24e0, 96e0, 0e0, 12e0, NULL, NULL, NULL, NULL),
        ('m_max', 3, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('m_min', 3, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('m_avg', 3, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('m_distinct', 3, 3, NULL, 2e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_days', 3, 3, NULL, 2e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_first', 3, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('back', 3, 3, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('share', 3, 3, NULL, 24e0, 96e0, 0e0, 12e0, NULL, 4e0, NULL, NULL),
        ('median', 3, 3, NULL, 24e0, 96e0, 0e0, 12e0, NULL, 4e0, NULL, NULL),
        ('wait', 3, 2, NULL, 12e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('capped', 3, 3, NULL, 10e0, ROUND(50e0 / 3e0, 9), 0e0, 5e0, 2, NULL, NULL, NULL),
        ('winsor', 3, 3, NULL, 24e0, 96e0, 0e0, 12e0, 0, NULL, NULL, NULL),
        ('cuped', 3, 3, NULL, 24e0, 96e0, 0e0, 12e0, NULL, NULL, 0e0, 3);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        q.variation_id,
        q.n_units,
        q.observation_count,
        ROUND(q.quantile_value, 9) AS quantile_value,
        ROUND(q.share_at_or_below, 9) AS share_at_or_below,
        ROUND(q.level_variance, 9) AS level_variance,
        q.lower_value,
        q.upper_value,
        ROUND(q.atom_share, 9) AS atom_share
    INTO #quantiles
    FROM marts.agg_experiment_metric_quantiles AS q;
    SELECT TOP (0)
        a.variation_id,
        a.n_units,
        a.observation_count,
        a.quantile_value,
        a.share_at_or_below,
        a.level_variance,
        a.lower_value,
        a.upper_value,
        a.atom_share
    INTO #expected_quantiles
    FROM #quantiles AS a;
    INSERT INTO #expected_quantiles
    (
        variation_id, n_units, observation_count, quantile_value, share_at_or_below, level_variance, lower_value,
        upper_value, atom_share
    )
    VALUES
        ('control', 2, 4, 6e0, 1e0, 0e0, 6e0, 6e0, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected_quantiles', '#quantiles';

    SELECT
        r.control_count,
        r.treatment_count,
        r.u_statistic,
        r.tie_sum
    INTO #ranks
    FROM marts.agg_experiment_metric_ranks AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected_ranks
    FROM #ranks AS a;
    INSERT INTO #expected_ranks (control_count, treatment_count, u_statistic, tie_sum)
    VALUES (3, 0, 0e0, 6);
    EXEC tSQLt.AssertEqualsTable '#expected_ranks', '#ranks';

    SELECT
        r.control_count,
        r.treatment_count,
        r.control_event_count,
        r.treatment_event_count,
        ROUND(r.expected_event_count, 9) AS expected_event_count,
        ROUND(r.event_variance, 9) AS event_variance
    INTO #risk_sets
    FROM marts.agg_experiment_metric_risk_sets AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected_risk_sets
    FROM #risk_sets AS a;
    INSERT INTO #expected_risk_sets
    (
        control_count, treatment_count, control_event_count, treatment_event_count, expected_event_count,
        event_variance
    )
    VALUES (3, 0, 2, 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected_risk_sets', '#risk_sets';
END;
GO
CREATE PROCEDURE marts_metric_edges.[test events on each bound of each window: the first instant is in, the end is not]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'a', 1, 1, 'e', 128e0, CAST('2025-12-31T23:59:59.999999' AS datetime2(6))),
        ('e2', 'a', 1, 2, 'e', 64e0, CAST('2026-01-01T00:00:00' AS datetime2(6))),
        ('e3', 'a', 1, 3, 'e', 1e0, CAST('2026-01-01T23:59:59.999999' AS datetime2(6))),
        ('e4', 'a', 1, 4, 'e', 2e0, CAST('2026-01-02T00:00:00' AS datetime2(6))),
        ('e5', 'a', 1, 5, 'e', 4e0, CAST('2026-01-02T23:59:59.999999' AS datetime2(6))),
        ('e6', 'a', 1, 6, 'e', 8e0, CAST('2026-01-03T00:00:00' AS datetime2(6))),
        ('e7', 'a', 1, 7, 'e', 16e0, CAST('2026-01-03T23:59:59.999999' AS datetime2(6))),
        ('e8', 'a', 1, 8, 'e', 32e0, CAST('2026-01-04T00:00:00' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS squares,
        g.min_value,
        g.max_value,
        g.capped_count,
        ROUND(g.center_d * CAST(g.n_units AS float) + g.sum_d, 9) AS total_d,
        ROUND(g.center_x * CAST(g.n_units AS float) + g.sum_x, 9) AS total_x,
        g.missing_covariate_count AS missing_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.total_y,
        a.squares,
        a.min_value,
        a.max_value,
        a.capped_count,
        a.total_d,
        a.total_x,
        a.missing_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, n_assigned, n_units, success_count, total_y, squares, min_value, max_value, capped_count, total_d,
        total_x, missing_count
    )
    VALUES
        ('p_count', 1, 1, 1, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_sum', 1, 1, 1, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_max', 1, 1, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_count', 1, 1, NULL, 2e0, 0e0, 2e0, 2e0, NULL, NULL, NULL, NULL),
        ('m_values', 1, 1, NULL, 2e0, 0e0, 2e0, 2e0, NULL, NULL, NULL, NULL),
        ('m_sum', 1, 1, NULL, 6e0, 0e0, 6e0, 6e0, NULL, NULL, NULL, NULL),
        ('m_max', 1, 1, NULL, 4e0, 0e0, 4e0, 4e0, NULL, NULL, NULL, NULL),
        ('m_min', 1, 1, NULL, 2e0, 0e0, 2e0, 2e0, NULL, NULL, NULL, NULL),
        ('m_avg', 1, 1, NULL, 3e0, 0e0, 3e0, 3e0, NULL, NULL, NULL, NULL),
        ('m_distinct', 1, 1, NULL, 2e0, 0e0, 2e0, 2e0, NULL, NULL, NULL, NULL),
        ('m_days', 1, 1, NULL, 2e0, 0e0, 2e0, 2e0, NULL, NULL, NULL, NULL),
        ('m_first', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('back', 1, 1, 1, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('share', 1, 1, NULL, 6e0, 0e0, 6e0, 6e0, NULL, 2e0, NULL, NULL),
        ('median', 1, 1, NULL, 6e0, 0e0, 6e0, 6e0, NULL, 2e0, NULL, NULL),
        ('wait', 1, 1, NULL, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('capped', 1, 1, NULL, 5e0, 0e0, 5e0, 5e0, 1, NULL, NULL, NULL),
        ('winsor', 1, 1, NULL, 6e0, 0e0, 6e0, 6e0, 0, NULL, NULL, NULL),
        ('cuped', 1, 1, NULL, 6e0, 0e0, 6e0, 6e0, NULL, NULL, 65e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        q.variation_id,
        q.n_units,
        q.observation_count,
        ROUND(q.quantile_value, 9) AS quantile_value,
        ROUND(q.share_at_or_below, 9) AS share_at_or_below,
        ROUND(q.level_variance, 9) AS level_variance,
        q.lower_value,
        q.upper_value,
        ROUND(q.atom_share, 9) AS atom_share
    INTO #quantiles
    FROM marts.agg_experiment_metric_quantiles AS q;
    SELECT TOP (0)
        a.variation_id,
        a.n_units,
        a.observation_count,
        a.quantile_value,
        a.share_at_or_below,
        a.level_variance,
        a.lower_value,
        a.upper_value,
        a.atom_share
    INTO #expected_quantiles
    FROM #quantiles AS a;
    INSERT INTO #expected_quantiles
    (
        variation_id, n_units, observation_count, quantile_value, share_at_or_below, level_variance, lower_value,
        upper_value, atom_share
    )
    VALUES
        ('control', 1, 2, 3e0, 0.5e0, NULL, NULL, NULL, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected_quantiles', '#quantiles';

    SELECT
        r.control_count,
        r.treatment_count,
        r.u_statistic,
        r.tie_sum
    INTO #ranks
    FROM marts.agg_experiment_metric_ranks AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected_ranks
    FROM #ranks AS a;
    INSERT INTO #expected_ranks (control_count, treatment_count, u_statistic, tie_sum)
    VALUES (1, 0, 0e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected_ranks', '#ranks';

    SELECT
        r.control_count,
        r.treatment_count,
        r.control_event_count,
        r.treatment_event_count,
        ROUND(r.expected_event_count, 9) AS expected_event_count,
        ROUND(r.event_variance, 9) AS event_variance
    INTO #risk_sets
    FROM marts.agg_experiment_metric_risk_sets AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected_risk_sets
    FROM #risk_sets AS a;
    INSERT INTO #expected_risk_sets
    (
        control_count, treatment_count, control_event_count, treatment_event_count, expected_event_count,
        event_variance
    )
    VALUES (1, 0, 1, 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected_risk_sets', '#risk_sets';
END;
GO
CREATE PROCEDURE marts_metric_edges.[test retention: the instants before its window and after it are no return]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'a', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'b', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'c', 3, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'a', 1, 1, 'e', 1e0, CAST('2026-01-02T23:59:59.999999' AS datetime2(6))),
        ('e2', 'a', 1, 2, 'e', 1e0, CAST('2026-01-04T00:00:00' AS datetime2(6))),
        ('e3', 'b', 1, 3, 'e', 1e0, CAST('2026-01-03T00:00:00' AS datetime2(6))),
        ('e4', 'c', 1, 4, 'e', 1e0, CAST('2026-01-03T23:59:59.999999' AS datetime2(6)));

    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.n_assigned,
        g.n_units,
        g.success_count,
        ROUND(g.center_value * CAST(g.n_units AS float) + g.sum_centered, 9) AS total_y,
        ROUND(g.sum_centered_sq - g.sum_centered * g.sum_centered / NULLIF(CAST(g.n_units AS float), 0), 9) AS squares,
        g.min_value,
        g.max_value,
        g.capped_count,
        ROUND(g.center_d * CAST(g.n_units AS float) + g.sum_d, 9) AS total_d,
        ROUND(g.center_x * CAST(g.n_units AS float) + g.sum_x, 9) AS total_x,
        g.missing_covariate_count AS missing_count
    INTO #actual
    FROM marts.agg_experiment_metric_by_variant AS g;
    SELECT TOP (0)
        a.metric_id,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.total_y,
        a.squares,
        a.min_value,
        a.max_value,
        a.capped_count,
        a.total_d,
        a.total_x,
        a.missing_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, n_assigned, n_units, success_count, total_y, squares, min_value, max_value, capped_count, total_d,
        total_x, missing_count
    )
    VALUES
        ('p_count', 3, 3, 1, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('p_sum', 3, 3, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('p_max', 3, 1, 0, 0e0, 0e0, 0e0, 0e0, NULL, NULL, NULL, NULL),
        ('m_count', 3, 3, NULL, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_values', 3, 3, NULL, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_sum', 3, 3, NULL, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_max', 3, 1, NULL, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_min', 3, 1, NULL, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_avg', 3, 1, NULL, 1e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_distinct', 3, 3, NULL, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_days', 3, 3, NULL, 3e0, 0e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('m_first', 3, 1, NULL, 24e0, 0e0, 86399999999e0 / 3600000000e0, 86399999999e0 / 3600000000e0, NULL,
            NULL, NULL, NULL),
        ('back', 3, 3, 2, 2e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, NULL, NULL),
        ('share', 3, 3, NULL, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, 1e0, NULL, NULL),
        ('median', 3, 3, NULL, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, 1e0, NULL, NULL),
        ('wait', 3, 1, NULL, 24e0, 0e0, 86399999999e0 / 3600000000e0, 86399999999e0 / 3600000000e0, NULL,
            NULL, NULL, NULL),
        ('capped', 3, 3, NULL, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, 0, NULL, NULL, NULL),
        ('winsor', 3, 3, NULL, 0e0, 0e0, 0e0, 0e0, 1, NULL, NULL, NULL),
        ('cuped', 3, 3, NULL, 1e0, ROUND(2e0 / 3e0, 9), 0e0, 1e0, NULL, NULL, 0e0, 3);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';

    SELECT
        q.variation_id,
        q.n_units,
        q.observation_count,
        ROUND(q.quantile_value, 9) AS quantile_value,
        ROUND(q.share_at_or_below, 9) AS share_at_or_below,
        ROUND(q.level_variance, 9) AS level_variance,
        q.lower_value,
        q.upper_value,
        ROUND(q.atom_share, 9) AS atom_share
    INTO #quantiles
    FROM marts.agg_experiment_metric_quantiles AS q;
    SELECT TOP (0)
        a.variation_id,
        a.n_units,
        a.observation_count,
        a.quantile_value,
        a.share_at_or_below,
        a.level_variance,
        a.lower_value,
        a.upper_value,
        a.atom_share
    INTO #expected_quantiles
    FROM #quantiles AS a;
    INSERT INTO #expected_quantiles
    (
        variation_id, n_units, observation_count, quantile_value, share_at_or_below, level_variance, lower_value,
        upper_value, atom_share
    )
    VALUES
        ('control', 1, 1, 1e0, 1e0, NULL, NULL, NULL, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected_quantiles', '#quantiles';

    SELECT
        r.control_count,
        r.treatment_count,
        r.u_statistic,
        r.tie_sum
    INTO #ranks
    FROM marts.agg_experiment_metric_ranks AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.u_statistic,
        a.tie_sum
    INTO #expected_ranks
    FROM #ranks AS a;
    INSERT INTO #expected_ranks (control_count, treatment_count, u_statistic, tie_sum)
    VALUES (3, 0, 0e0, 6);
    EXEC tSQLt.AssertEqualsTable '#expected_ranks', '#ranks';

    SELECT
        r.control_count,
        r.treatment_count,
        r.control_event_count,
        r.treatment_event_count,
        ROUND(r.expected_event_count, 9) AS expected_event_count,
        ROUND(r.event_variance, 9) AS event_variance
    INTO #risk_sets
    FROM marts.agg_experiment_metric_risk_sets AS r;
    SELECT TOP (0)
        a.control_count,
        a.treatment_count,
        a.control_event_count,
        a.treatment_event_count,
        a.expected_event_count,
        a.event_variance
    INTO #expected_risk_sets
    FROM #risk_sets AS a;
    INSERT INTO #expected_risk_sets
    (
        control_count, treatment_count, control_event_count, treatment_event_count, expected_event_count,
        event_variance
    )
    VALUES (3, 0, 1, 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected_risk_sets', '#risk_sets';
END;
GO

/* catalog.problems: a sound catalog has none, each thing wrong is one row with its code. */
EXEC tSQLt.NewTestClass 'catalog_problems';
GO
CREATE PROCEDURE catalog_problems.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'catalog.metric_filters';
    EXEC tSQLt.FakeTable 'catalog.experiment_weight_changes';
    EXEC tSQLt.FakeTable 'catalog.experiment_dimensions';
    EXEC tSQLt.FakeTable 'catalog.dimensions';
    EXEC tSQLt.FakeTable 'catalog.layers';
    EXEC tSQLt.FakeTable 'catalog.holdouts';
    EXEC tSQLt.FakeTable 'catalog.decision_policies';
    EXEC tSQLt.FakeTable 'catalog.sequential_plans';
    EXEC tSQLt.FakeTable 'catalog.experiment_blocks';
    EXEC tSQLt.FakeTable 'catalog.experiment_metric_covariates';
    EXEC tSQLt.FakeTable 'catalog.hash_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'ops.load_log';
    INSERT INTO catalog.experiments (experiment_id, policy_id, policy_version, start_at, end_at)
    VALUES ('exp_1', 'default', 1, CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_1', 'control', 1, 0.5e0), ('exp_1', 'treatment', 0, 0.5e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role, margin)
    VALUES ('exp_1', 'bought', 1, 'primary', NULL), ('exp_1', 'latency', 1, 'guardrail', 0.01e0);
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, threshold, window_start_hours,
        window_end_hours, maturity, direction
    )
    VALUES
        ('bought', 1, 'proportion', 'purchase', 'count', 1e0, 0e0, 24e0, 'complete', 'increase'),
        ('latency', 1, 'mean', 'page', 'avg', NULL, 0e0, NULL, 'all', 'decrease');
    INSERT INTO catalog.decision_policies
    (
        policy_id, policy_version, min_relative_lift, alpha, guardrail_margin, guardrail_alpha, guardrail_power,
        srm_alpha, correction
    )
    VALUES ('default', 1, 0.02e0, 0.05e0, 0.01e0, 0.1e0, 0.8e0, 0.001e0, 'holm');
END;
GO
CREATE PROCEDURE catalog_problems.[test a sound catalog has no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'catalog.problems';
END;
GO
CREATE PROCEDURE catalog_problems.[test an empty catalog has no rows]
AS
BEGIN
    DELETE FROM catalog.experiments;
    DELETE FROM catalog.experiment_variations;
    DELETE FROM catalog.experiment_metrics;
    DELETE FROM catalog.metric_definitions;
    DELETE FROM catalog.decision_policies;

    EXEC tSQLt.AssertEmptyTable 'catalog.problems';
END;
GO
CREATE PROCEDURE catalog_problems.[test one problem is one row with its sentence]
AS
BEGIN
    UPDATE catalog.experiments
    SET end_at = start_at
    WHERE experiment_id = 'exp_1';

    SELECT
        p.experiment_id,
        p.metric_id,
        p.problem_code,
        p.problem
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.metric_id,
        a.problem_code,
        a.problem
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, metric_id, problem_code, problem)
    VALUES
    (
        'exp_1', NULL, 'dates',
        'Experiment ''exp_1'' ends at 2026-01-01 00:00:00.000000, not after its start at 2026-01-01 00:00:00.000000.'
    );
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test an experiment without variations, metrics or policy has a problem for each]
AS
BEGIN
    DELETE FROM catalog.experiment_variations;
    DELETE FROM catalog.experiment_metrics;
    DELETE FROM catalog.decision_policies;

    SELECT
        p.experiment_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, problem_code)
    VALUES ('exp_1', 'no_variations'), ('exp_1', 'policy'), ('exp_1', 'primary_metric');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test weights and controls]
AS
BEGIN
    UPDATE catalog.experiment_variations
    SET weight = 0e0
    WHERE variation_id = 'control';
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_1', 'second_control', 1, -0.1e0);

    SELECT
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (problem_code)
    VALUES ('control_count'), ('weights'), ('negative_weight'), ('control_weight');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test each odd value of a metric is a problem of the experiment that uses it]
AS
BEGIN
    UPDATE catalog.metric_definitions
    SET aggregation = 'median', window_end_hours = 0e0, maturity = 'some', direction = 'up', event_name = 'exposure',
        delay_hours = -1e0
    WHERE metric_id = 'bought';

    SELECT
        p.experiment_id,
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, metric_id, problem_code)
    VALUES
        ('exp_1', 'bought', 'aggregation'), ('exp_1', 'bought', 'window'), ('exp_1', 'bought', 'window'),
        ('exp_1', 'bought', 'maturity'), ('exp_1', 'bought', 'direction'), ('exp_1', 'bought', 'event_name');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test a metric that nobody uses has a problem without an experiment]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, threshold, window_start_hours, maturity,
        direction
    )
    VALUES ('spare', 1, 'mean', 'visit', 'count', 3e0, 0e0, 'all', 'increase');

    SELECT
        p.experiment_id,
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, metric_id, problem_code)
    VALUES (NULL, 'spare', 'threshold');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test roles, margins, versions and two primary metrics]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role, margin)
    VALUES ('exp_1', 'latency', 2, 'primary', NULL), ('exp_1', 'bought', 1, 'main', 1e0);

    SELECT
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, problem_code)
    VALUES (NULL, 'primary_metric'), ('latency', 'unknown_metric'), ('bought', 'metric_role'), ('bought', 'margin');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test units of an unknown variation are counted, ties with a known one are not]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id)
    VALUES ('exp_1', 'u1', 'control'), ('exp_1', 'u2', 'third'), ('exp_1', 'u3', 'third'), ('exp_9', 'u4', 'third');

    SELECT
        p.experiment_id,
        p.problem_code,
        p.problem
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.problem_code,
        a.problem
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, problem_code, problem)
    VALUES
    (
        'exp_1', 'unknown_variation',
        CONCAT
        (
            '2 units of experiment ''exp_1'' are assigned to the variation ''third'', which is not in ',
            'catalog.experiment_variations (control, treatment).'
        )
    );
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test NULL where a value is optional is no problem, odd plans and modes are]
AS
BEGIN
    INSERT INTO catalog.experiments
        (experiment_id, policy_id, policy_version, analysis_mode, planned_units, start_at)
    VALUES ('exp_2', 'default', 1, 'all', 1, CAST('2026-01-01' AS datetime2(6)));
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_2', 'control', 1, 0.5e0), ('exp_2', 'treatment', 0, 0.5e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
    VALUES ('exp_2', 'bought', 1, 'primary');

    SELECT
        p.experiment_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, problem_code)
    VALUES ('exp_2', 'analysis_mode'), ('exp_2', 'planned_units');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test a policy out of range]
AS
BEGIN
    UPDATE catalog.decision_policies
    SET correction = 'tukey'
    WHERE policy_id = 'default';

    SELECT
        p.experiment_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, problem_code)
    VALUES (NULL, 'policy_values');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test an unknown type, and what each type must have or not]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, quantile_fraction, numerator_metric_id,
        numerator_metric_version, denominator_metric_id, denominator_metric_version, window_start_hours, maturity,
        direction
    )
    VALUES
        ('odd', 1, 'median', 'page', 'avg', NULL, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('q_none', 1, 'quantile', 'page', NULL, NULL, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('q_one', 1, 'quantile', 'page', NULL, 1e0, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('q_good', 1, 'quantile', 'page', NULL, 0.9e0, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('r_self', 1, 'ratio', NULL, NULL, NULL, 'bought', 1, 'bought', 1, 0e0, 'all', 'increase'),
        ('r_avg', 1, 'ratio', NULL, NULL, NULL, 'bought', 1, 'latency', 1, 0e0, 'all', 'increase'),
        ('r_good', 1, 'ratio', NULL, NULL, NULL, 'bought', 1, 'pages', 1, 0e0, 'all', 'increase'),
        ('pages', 1, 'mean', 'page', 'count', NULL, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('stay', 1, 'retention', 'page', 'count', NULL, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('silent', 1, 'time_to_event', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase');

    SELECT
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, problem_code)
    VALUES
        ('odd', 'metric_type'),
        ('q_none', 'quantile_fraction'),
        ('q_one', 'quantile_fraction'),
        ('r_self', 'ratio'),
        ('r_avg', 'ratio'),
        ('stay', 'aggregation'),
        ('silent', 'event_name');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test caps, covariates and distinct attributes that cannot be]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, cap_lower, cap_upper, winsor_upper,
        covariate_metric_id, covariate_metric_version, covariate_hours, distinct_attribute, window_start_hours,
        maturity, direction
    )
    VALUES
        ('twice', 1, 'mean', 'page', 'sum', NULL, 5e0, 0.9e0, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('crossed', 1, 'mean', 'page', 'sum', 5e0, 5e0, NULL, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('percent', 1, 'mean', 'page', 'sum', NULL, NULL, 99.9e0, NULL, NULL, NULL, NULL, 0e0, 'all', 'increase'),
        ('good', 1, 'mean', 'page', 'sum', NULL, NULL, 0.999e0, NULL, NULL, 168e0, NULL, 0e0, 'all', 'increase'),
        ('of_avg', 1, 'mean', 'page', 'sum', NULL, NULL, NULL, 'latency', 1, 168e0, NULL, 0e0, 'all', 'increase'),
        ('no_hours', 1, 'mean', 'page', 'sum', NULL, NULL, NULL, 'good', 1, NULL, NULL, 0e0, 'all', 'increase'),
        ('counted', 1, 'mean', 'page', 'sum', NULL, NULL, NULL, NULL, NULL, NULL, 'city', 0e0, 'all', 'increase');

    SELECT
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, problem_code)
    VALUES
        ('twice', 'cap'),
        ('crossed', 'cap'),
        ('percent', 'cap'),
        ('of_avg', 'covariate'),
        ('no_hours', 'covariate'),
        ('counted', 'distinct_attribute');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test filters without a value, with crossed bounds, and with an unknown operator]
AS
BEGIN
    INSERT INTO catalog.metric_filters
        (metric_id, metric_version, filter_number, value_number, attribute, operator, text_value, low_value,
            high_value)
    VALUES
        ('bought', 1, 1, 1, 'country', 'equals', 'DE', NULL, NULL),
        ('bought', 1, 2, 1, 'country', 'in', 'DE', NULL, NULL),
        ('bought', 1, 2, 2, 'country', 'in', 'AT', NULL, NULL),
        ('bought', 1, 3, 1, 'price', 'range', NULL, 1, NULL),
        ('bought', 1, 4, 1, 'price', 'is_null', NULL, NULL, NULL),
        ('latency', 1, 1, 1, 'country', 'equals', NULL, NULL, NULL),
        ('latency', 1, 2, 1, 'price', 'range', NULL, 5, 5),
        ('latency', 1, 3, 1, 'price', 'range', NULL, NULL, NULL),
        ('latency', 1, 4, 1, 'price', 'like', 'x', NULL, NULL),
        ('latency', 1, 5, 2, 'country', 'equals', 'DE', NULL, NULL);

    SELECT
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, problem_code)
    VALUES
        ('latency', 'filter'),
        ('latency', 'filter'),
        ('latency', 'filter'),
        ('latency', 'filter'),
        ('latency', 'filter');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test changes of weights, layers, dimensions, modes and holdouts]
AS
BEGIN
    UPDATE catalog.experiments
    SET layer_id = 'checkout', layer_from = 0, layer_to = 5000, computed_modes = 'itt', analysis_mode = 'exposed'
    WHERE experiment_id = 'exp_1';
    INSERT INTO catalog.experiments
        (experiment_id, policy_id, policy_version, start_at, end_at, layer_id, layer_from, layer_to)
    VALUES
        (
            'exp_2', 'default', 1, CAST('2026-01-31' AS datetime2(6)), NULL, 'checkout', 4999, 10000
        ),
        (
            'exp_3', 'default', 1, CAST('2026-02-01' AS datetime2(6)), NULL, 'gone', 0, 10000
        );
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES
        ('exp_2', 'control', 1, 0.5e0), ('exp_2', 'treatment', 0, 0.5e0),
        ('exp_3', 'control', 1, 0.5e0), ('exp_3', 'treatment', 0, 0.5e0);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
    VALUES ('exp_2', 'bought', 1, 'primary'), ('exp_3', 'bought', 1, 'primary');
    INSERT INTO catalog.layers (layer_id, salt)
    VALUES ('checkout', 's');
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-05' AS datetime2(6)), 'control', 0.1e0),
        ('exp_1', CAST('2026-01-05' AS datetime2(6)), 'treatment', 0.9e0),
        ('exp_1', CAST('2026-01-06' AS datetime2(6)), 'control', 1e0),
        ('exp_3', CAST('2026-01-06' AS datetime2(6)), 'control', 0.5e0),
        ('exp_3', CAST('2026-01-06' AS datetime2(6)), 'treatment', 0.5e0);
    INSERT INTO catalog.experiment_dimensions (experiment_id, dimension_id)
    VALUES ('exp_2', 'country');
    INSERT INTO catalog.holdouts (holdout_id, salt, bucket_count, start_at)
    VALUES ('all', 'h', 10000, CAST('2026-01-01' AS datetime2(6)));

    SELECT
        p.experiment_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, problem_code)
    VALUES
        ('exp_1', 'computed_modes'),
        ('exp_1', 'weight_change'),
        ('exp_3', 'weight_change'),
        ('exp_3', 'layer'),
        ('exp_1', 'layer_overlap'),
        ('exp_2', 'layer_overlap'),
        ('exp_2', 'dimension'),
        (NULL, 'holdout');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test an attribute that an event of a loaded source does not have is named]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, maturity, direction,
        distinct_attribute
    )
    VALUES
        ('artists', 1, 'mean', 'play', 'distinct_values', 0e0, 'all', 'increase', 'artist'),
        ('genres', 1, 'mean', 'play', 'distinct_values', 0e0, 'all', 'increase', 'genre'),
        ('long_sessions', 1, 'mean', 'session', 'count', 0e0, 'all', 'increase', NULL),
        ('german_pauses', 1, 'mean', 'podcast_pause', 'count', 0e0, 'all', 'increase', NULL),
        ('campaigns', 1, 'mean', 'refund', 'distinct_values', 0e0, 'all', 'increase', 'campaign');
    INSERT INTO catalog.metric_filters
        (metric_id, metric_version, filter_number, value_number, attribute, operator, text_value)
    VALUES
        ('long_sessions', 1, 1, 1, 'artist', 'equals', 'x'), ('german_pauses', 1, 1, 1, 'country', 'equals', 'DE');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
    VALUES
        ('exp_1', 'artists', 1, 'secondary'), ('exp_1', 'genres', 1, 'secondary'),
        ('exp_1', 'long_sessions', 1, 'secondary'), ('exp_1', 'german_pauses', 1, 'secondary'),
        ('exp_1', 'campaigns', 1, 'secondary');
    EXEC tSQLt.AssertEmptyTable 'catalog.problems';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES (1, 'scrobbles', 'finished'), (2, 'podcast_events', 'finished'), (3, 'commerce_events', 'finished');

    SELECT
        p.metric_id,
        p.problem_code,
        p.problem
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.metric_id,
        a.problem_code,
        a.problem
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, problem_code, problem)
    VALUES
    (
        'genres', 'source_attribute',
        CONCAT
        (
            'The metric ''genres'' version 1 reads the attribute ''genre'' of the event ''play'', which has none of ',
            'that name; it has album, artist, country, gender, track.'
        )
    ),
    (
        'long_sessions', 'source_attribute',
        CONCAT
        (
            'The metric ''long_sessions'' version 1 reads the attribute ''artist'' of the event ''session'', which ',
            'has none of that name; it has none at all.'
        )
    );
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test options that no analysis can follow are one row each]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics
    (
        experiment_id, metric_id, metric_version, metric_role, margin_kind, superiority_margin, sidedness,
        proportion_interval, relative_interval, test_method, prior_kind, prior_sd
    )
    VALUES
        ('exp_1', 'm1', 1, 'secondary', 'percent', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('exp_1', 'm2', 1, 'secondary', NULL, -1e0, NULL, NULL, NULL, NULL, NULL, NULL),
        ('exp_1', 'm3', 1, 'guardrail', NULL, NULL, 'one_sided', NULL, NULL, NULL, NULL, NULL),
        ('exp_1', 'm4', 1, 'secondary', NULL, NULL, NULL, 'score', NULL, NULL, NULL, NULL),
        ('exp_1', 'm5', 1, 'secondary', NULL, NULL, NULL, NULL, 'bootstrap', NULL, NULL, NULL),
        ('exp_1', 'm6', 1, 'secondary', NULL, NULL, NULL, NULL, NULL, 'sign_test', NULL, NULL),
        ('exp_1', 'm7', 1, 'secondary', NULL, NULL, NULL, NULL, NULL, NULL, 'normal', NULL),
        ('exp_1', 'm8', 1, 'secondary', NULL, NULL, NULL, NULL, NULL, NULL, 'flat', 1e0),
        ('exp_1', 'm9', 1, 'secondary', 'absolute', NULL, NULL, NULL, NULL, 'mann_whitney', NULL, NULL);
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, threshold, window_start_hours,
        window_end_hours, maturity, direction
    )
    SELECT
        m.metric_id,
        1 AS metric_version,
        'mean' AS metric_type,
        'page' AS event_name,
        'sum' AS aggregation,
        NULL AS threshold,
        0e0 AS window_start_hours,
        NULL AS window_end_hours,
        'all' AS maturity,
        'increase' AS direction
    FROM catalog.experiment_metrics AS m
    WHERE m.metric_id NOT IN ('bought', 'latency');

    SELECT
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, problem_code)
    VALUES
        ('m1', 'margin'), ('m2', 'margin'), ('m3', 'sidedness'), ('m4', 'interval'), ('m5', 'interval'),
        ('m6', 'test_method'), ('m7', 'prior'), ('m8', 'prior'), ('m9', 'margin');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test combinations with a sequential plan are refused by their codes]
AS
BEGIN
    INSERT INTO catalog.sequential_plans
        (plan_id, plan_version, plan_kind, planned_units, spending, spending_parameter, fixed_at)
    VALUES
        ('cs', 1, 'confidence_sequence', 1000, NULL, NULL, CAST('2026-01-02' AS datetime2(6))),
        ('odd', 1, 'group_sequential', 1, NULL, NULL, CAST('2025-12-01' AS datetime2(6)));
    UPDATE catalog.experiments SET plan_id = 'cs' WHERE experiment_id = 'exp_1';
    UPDATE catalog.decision_policies SET correction = 'hommel';
    UPDATE catalog.experiment_metrics SET test_method = 'mann_whitney' WHERE metric_id = 'latency';
    UPDATE catalog.experiment_metrics SET prior_kind = 'flat' WHERE metric_id = 'bought';

    SELECT
        p.experiment_id,
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, metric_id, problem_code)
    VALUES
        ('exp_1', NULL, 'plan_fixed_late'), ('exp_1', NULL, 'dependence_unknown'),
        ('exp_1', 'latency', 'no_confidence_sequence'), ('exp_1', 'bought', 'bayesian_not_monitored'),
        (NULL, NULL, 'plan_values');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test a time to event is refused where clusters are randomised]
AS
BEGIN
    INSERT INTO catalog.metric_definitions
        (metric_id, metric_version, metric_type, event_name, window_start_hours, maturity, direction)
    VALUES ('wait', 1, 'time_to_event', 'page', 0e0, 'all', 'decrease');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
    VALUES ('exp_1', 'wait', 1, 'secondary');
    EXEC tSQLt.AssertEmptyTable 'catalog.problems';
    UPDATE catalog.experiments SET cluster_attribute = 'household';

    SELECT
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, problem_code)
    VALUES ('wait', 'cluster_time_to_event');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test a complete policy takes several primary metrics, the default one does not]
AS
BEGIN
    UPDATE catalog.experiment_metrics SET metric_role = 'primary' WHERE metric_id = 'latency';
    UPDATE catalog.decision_policies SET policy_kind = 'complete';
    EXEC tSQLt.AssertEmptyTable 'catalog.problems';

    UPDATE catalog.decision_policies SET policy_kind = 'default';
    SELECT
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (problem_code)
    VALUES ('primary_metric');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test corrections need the family that they are made for]
AS
BEGIN
    UPDATE catalog.decision_policies SET correction = 'preferential_alpha';
    INSERT INTO catalog.decision_policies
    (
        policy_id, policy_version, min_relative_lift, alpha, guardrail_margin, guardrail_alpha, guardrail_power,
        srm_alpha, correction, correction_family, deterioration_alpha
    )
    VALUES
        ('dunnett', 1, 0.02e0, 0.05e0, 0.01e0, 0.1e0, 0.8e0, 0.001e0, 'dunnett', 'role', NULL),
        ('worse', 1, 0.02e0, 0.05e0, 0.01e0, 0.1e0, 0.8e0, 0.001e0, 'holm', NULL, 1e0),
        ('sound', 1, 0.02e0, 0.05e0, 0.01e0, 0.1e0, 0.8e0, 0.001e0, 'preferential_alpha', 'experiment', NULL);

    SELECT
        CAST(COUNT_BIG(*) AS int) AS problem_count,
        MIN(p.problem_code) AS problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.problem_count,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (problem_count, problem_code)
    VALUES (3, 'policy_values');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test ranges outside of a layer, salts that are shared, and a holdout that ends early]
AS
BEGIN
    UPDATE catalog.experiments
    SET salt = 'shared', layer_id = 'checkout', layer_from = 0, layer_to = 5000
    WHERE experiment_id = 'exp_1';
    INSERT INTO catalog.layers (layer_id, salt)
    VALUES ('checkout', 'shared'), ('other', 'both');
    INSERT INTO catalog.experiments
        (experiment_id, policy_id, policy_version, start_at, end_at, salt, layer_id, layer_from, layer_to)
    SELECT
        x.experiment_id,
        'default' AS policy_id,
        1 AS policy_version,
        CAST('2027-01-01' AS datetime2(6)) AS start_at,
        CAST('2027-02-01' AS datetime2(6)) AS end_at,
        x.salt,
        x.layer_id,
        x.layer_from,
        x.layer_to
    FROM
    (
        VALUES
            ('below', NULL, 'other', -1, 100),
            ('above', NULL, 'other', 9000, 10001),
            ('empty', NULL, 'other', 300, 300),
            ('open', NULL, 'other', 400, NULL),
            ('bare', NULL, NULL, 0, 100),
            ('first', NULL, 'other', 500, 600),
            ('second', NULL, 'other', 600, 601),
            ('held', 'both2', NULL, NULL, NULL)
    ) AS x (experiment_id, salt, layer_id, layer_from, layer_to);
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    SELECT
        x.experiment_id,
        v.variation_id,
        v.is_control,
        0.5e0 AS weight
    FROM catalog.experiments AS x
    CROSS JOIN (VALUES ('control', 1), ('treatment', 0)) AS v (variation_id, is_control)
    WHERE x.experiment_id <> 'exp_1';
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
    SELECT
        x.experiment_id,
        'bought' AS metric_id,
        1 AS metric_version,
        'primary' AS metric_role
    FROM catalog.experiments AS x
    WHERE x.experiment_id <> 'exp_1';
    INSERT INTO catalog.holdouts (holdout_id, salt, bucket_count, start_at, end_at)
    VALUES
        ('same_as_layer', 'both', 100, CAST('2026-01-01' AS datetime2(6)), NULL),
        ('same_as_exp', 'both2', 100, CAST('2026-01-01' AS datetime2(6)), NULL),
        ('short', 'h', 100, CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-01' AS datetime2(6))),
        ('none', 'i', 0, CAST('2026-01-01' AS datetime2(6)), NULL);

    SELECT
        p.experiment_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.experiment_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, problem_code)
    VALUES
        ('exp_1', 'salt'),
        ('held', 'salt'),
        ('below', 'layer'),
        ('above', 'layer'),
        ('empty', 'layer'),
        ('open', 'layer'),
        ('bare', 'layer'),
        (NULL, 'holdout'),
        (NULL, 'holdout'),
        (NULL, 'holdout');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test a sound switchback has no rows]
AS
BEGIN
    UPDATE catalog.experiments SET region_attribute = 'city', burn_in_hours = 1e0 WHERE experiment_id = 'exp_1';
    UPDATE catalog.metric_definitions SET window_end_hours = NULL;
    UPDATE catalog.metric_definitions SET aggregation = 'sum' WHERE metric_id = 'latency';
    INSERT INTO catalog.experiment_blocks
        (experiment_id, region, block_start_at, block_end_at, stratum, variation_id)
    VALUES
        ('exp_1', 'n', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'n', CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6)), 'd', 'treatment'),
        ('exp_1', 's', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'treatment'),
        ('exp_1', 's', CAST('2026-01-31' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), 'd', 'control');

    EXEC tSQLt.AssertEmptyTable 'catalog.problems';
END;
GO
CREATE PROCEDURE catalog_problems.[test a switchback says what it lacks and what does not go with it]
AS
BEGIN
    UPDATE catalog.experiments SET region_attribute = 'city', burn_in_hours = 1e0 WHERE experiment_id = 'exp_1';
    UPDATE catalog.metric_definitions SET window_end_hours = NULL;
    UPDATE catalog.metric_definitions SET aggregation = 'sum' WHERE metric_id = 'latency';
    INSERT INTO catalog.experiment_blocks
        (experiment_id, region, block_start_at, block_end_at, stratum, variation_id)
    VALUES
        ('exp_1', 'n', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'n', CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6)), 'd', 'treatment'),
        ('exp_1', 's', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'treatment'),
        ('exp_1', 's', CAST('2026-01-31' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), 'd', 'control');
    INSERT INTO catalog.experiments
        (experiment_id, policy_id, policy_version, start_at, region_attribute, burn_in_hours)
    SELECT
        n.experiment_id,
        'default' AS policy_id,
        1 AS policy_version,
        CAST('2026-01-01' AS datetime2(6)) AS start_at,
        n.region_attribute,
        n.burn_in_hours
    FROM
    (
        VALUES ('no_blocks', 'city', 0e0), ('no_region', NULL, NULL), ('only_burn', NULL, 1e0), ('below', 'city', -1e0)
    ) AS n (experiment_id, region_attribute, burn_in_hours);
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    SELECT
        x.experiment_id,
        v.variation_id,
        v.is_control,
        v.weight
    FROM catalog.experiments AS x
    CROSS JOIN catalog.experiment_variations AS v
    WHERE x.experiment_id <> 'exp_1' AND v.experiment_id = 'exp_1';
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
    SELECT
        x.experiment_id,
        'bought' AS metric_id,
        1 AS metric_version,
        'primary' AS metric_role
    FROM catalog.experiments AS x
    WHERE x.experiment_id <> 'exp_1';
    INSERT INTO catalog.experiment_blocks
        (experiment_id, region, block_start_at, block_end_at, stratum, variation_id)
    VALUES
        ('no_region', 'n', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'control'),
        ('below', 'n', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'treatment');
    UPDATE catalog.experiments
    SET computed_modes = 'exposed', cluster_attribute = 'team', trigger_event = 'open'
    WHERE experiment_id = 'exp_1';
    INSERT INTO catalog.hash_assignments (experiment_id, source) VALUES ('exp_1', 'events');
    INSERT INTO catalog.dimensions (dimension_id, attribute) VALUES ('plan', 'plan');
    INSERT INTO catalog.experiment_dimensions (experiment_id, dimension_id) VALUES ('exp_1', 'plan');
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id)
    VALUES ('exp_1', 'u1', 'control');

    SELECT
        p.experiment_id,
        p.problem_code,
        COUNT_BIG(*) AS row_count
    INTO #actual
    FROM catalog.problems AS p
    GROUP BY p.experiment_id, p.problem_code;
    SELECT TOP (0)
        a.experiment_id,
        a.problem_code,
        a.row_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, problem_code, row_count)
    VALUES
        ('no_blocks', 'blocks', 1), ('no_region', 'blocks', 1), ('no_region', 'block_variation', 1),
        ('only_burn', 'burn_in', 1), ('below', 'burn_in', 1), ('below', 'block_variation', 1),
        ('exp_1', 'switchback', 6);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test a block says what is wrong with it]
AS
BEGIN
    UPDATE catalog.experiments SET region_attribute = 'city', burn_in_hours = 1e0 WHERE experiment_id = 'exp_1';
    UPDATE catalog.metric_definitions SET window_end_hours = NULL;
    UPDATE catalog.metric_definitions SET aggregation = 'sum' WHERE metric_id = 'latency';
    INSERT INTO catalog.experiment_blocks
        (experiment_id, region, block_start_at, block_end_at, stratum, variation_id)
    VALUES
        ('exp_1', 'n', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'n', CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6)), 'd', 'treatment'),
        ('exp_1', 's', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'treatment'),
        ('exp_1', 's', CAST('2026-01-31' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), 'd', 'control');
    INSERT INTO catalog.experiment_blocks
        (experiment_id, region, block_start_at, block_end_at, stratum, variation_id)
    VALUES
        ('exp_1', 'ends', CAST('2026-01-05' AS datetime2(6)), CAST('2026-01-05' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'burns', CAST('2026-01-05' AS datetime2(6)), CAST('2026-01-05T01:00:00' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'early', CAST('2025-12-31' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'late', CAST('2026-01-31' AS datetime2(6)), CAST('2026-02-01T00:00:01' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'what', CAST('2026-01-05' AS datetime2(6)), CAST('2026-01-06' AS datetime2(6)), 'd', 'other'),
        ('exp_1', 'over', CAST('2026-01-05' AS datetime2(6)), CAST('2026-01-06' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'over', CAST('2026-01-05T23:00:00' AS datetime2(6)), CAST('2026-01-07' AS datetime2(6)), 'd',
            'treatment');

    SELECT
        SUBSTRING(p.problem, 22, 5) AS region_start,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.region_start,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (region_start, problem_code)
    VALUES
        ('ends''', 'block_times'), ('burns', 'block_times'), ('early', 'block_times'), ('late''', 'block_times'),
        ('what''', 'block_variation'), ('over''', 'block_overlap');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_problems.[test a metric that cannot be asked of blocks says why]
AS
BEGIN
    UPDATE catalog.experiments SET region_attribute = 'city', burn_in_hours = 1e0 WHERE experiment_id = 'exp_1';
    UPDATE catalog.metric_definitions SET window_end_hours = NULL;
    UPDATE catalog.metric_definitions SET aggregation = 'sum' WHERE metric_id = 'latency';
    INSERT INTO catalog.experiment_blocks
        (experiment_id, region, block_start_at, block_end_at, stratum, variation_id)
    VALUES
        ('exp_1', 'n', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'control'),
        ('exp_1', 'n', CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6)), 'd', 'treatment'),
        ('exp_1', 's', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-02' AS datetime2(6)), 'd', 'treatment'),
        ('exp_1', 's', CAST('2026-01-31' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)), 'd', 'control');
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, threshold, window_start_hours,
        window_end_hours, maturity, direction, covariate_hours, winsor_upper, quantile_fraction
    )
    VALUES
        ('type', 1, 'quantile', 'page', NULL, NULL, 0e0, NULL, 'all', 'increase', NULL, NULL, 0.5e0),
        ('covariate', 1, 'mean', 'page', 'sum', NULL, 0e0, NULL, 'all', 'increase', 24e0, NULL, NULL),
        ('aggregation', 1, 'mean', 'page', 'max', NULL, 0e0, NULL, 'all', 'increase', NULL, NULL, NULL),
        ('window', 1, 'mean', 'page', 'sum', NULL, 0e0, 24e0, 'all', 'increase', NULL, NULL, NULL),
        ('caps', 1, 'mean', 'page', 'sum', NULL, 0e0, NULL, 'all', 'increase', NULL, 0.99e0, NULL),
        ('test', 1, 'mean', 'page', 'sum', NULL, 0e0, NULL, 'all', 'increase', NULL, NULL, NULL);
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role, test_method)
    SELECT
        'exp_1' AS experiment_id,
        d.metric_id,
        d.metric_version,
        'secondary' AS metric_role,
        CASE WHEN d.metric_id = 'test' THEN 'mann_whitney' END AS test_method
    FROM catalog.metric_definitions AS d
    WHERE d.metric_id NOT IN ('bought', 'latency');

    SELECT
        p.metric_id,
        p.problem_code
    INTO #actual
    FROM catalog.problems AS p;
    SELECT TOP (0)
        a.metric_id,
        a.problem_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, problem_code)
    VALUES
        ('type', 'switchback_metric'), ('covariate', 'switchback_metric'), ('aggregation', 'switchback_metric'),
        ('window', 'switchback_metric'), ('caps', 'switchback_metric'), ('test', 'switchback_metric');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

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
    EXEC tSQLt.FakeTable 'catalog.decision_policies';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
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
    SET metric_type = 'ratio', aggregation = 'median', window_end_hours = 0e0, maturity = 'some', direction = 'up',
        event_name = 'exposure'
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
        ('exp_1', 'bought', 'metric_type'), ('exp_1', 'bought', 'aggregation'), ('exp_1', 'bought', 'window'),
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

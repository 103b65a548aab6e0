/* results.experiment_results: what readers see of the runs: the latest finished one of each experiment and mode. */
EXEC tSQLt.NewTestClass 'results_experiment_results';
GO
CREATE PROCEDURE results_experiment_results.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.analysis_runs';
    EXEC tSQLt.FakeTable 'results.result_rows';
    INSERT INTO ops.analysis_runs (run_id, experiment_id, analysis_mode, status)
    VALUES
        (1, 'exp_1', 'itt', 'finished'), (2, 'exp_1', 'itt', 'finished'), (3, 'exp_1', 'itt', 'running'),
        (4, 'exp_1', 'exposed', 'finished'), (5, 'exp_2', 'itt', 'running');
END;
GO
CREATE PROCEDURE results_experiment_results.[test no rows give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'results.experiment_results';
END;
GO
CREATE PROCEDURE results_experiment_results.[test one row of the latest run is shown as it is, NULL included]
AS
BEGIN
    INSERT INTO results.result_rows
        (run_id, experiment_id, analysis_mode, metric_id, variation_id, mean_value, p_value, reason_code)
    VALUES (2, 'exp_1', 'itt', 'bought', 'treatment', NULL, NULL, 'too_few_units');

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.metric_id,
        v.variation_id,
        v.mean_value,
        v.p_value,
        v.reason_code
    INTO #actual
    FROM results.experiment_results AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.metric_id,
        a.variation_id,
        a.mean_value,
        a.p_value,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, metric_id, variation_id, mean_value, p_value, reason_code)
    VALUES (2, 'exp_1', 'itt', 'bought', 'treatment', NULL, NULL, 'too_few_units');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_experiment_results.[test rows of an older or a running run are not shown]
AS
BEGIN
    INSERT INTO results.result_rows
        (run_id, experiment_id, analysis_mode, metric_id, variation_id, mean_value, p_value, reason_code)
    VALUES (1, 'exp_1', 'itt', 'bought', 'control', 0.1e0, NULL, 'control'),
        (2, 'exp_1', 'itt', 'bought', 'control', 0.2e0, NULL, 'control'),
        (3, 'exp_1', 'itt', 'bought', 'control', 0.3e0, NULL, 'control'),
        (4, 'exp_1', 'exposed', 'bought', 'control', 0.4e0, NULL, 'control'),
        (5, 'exp_2', 'itt', 'bought', 'control', 0.5e0, NULL, 'control');

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.metric_id,
        v.variation_id,
        v.mean_value,
        v.p_value,
        v.reason_code
    INTO #actual
    FROM results.experiment_results AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.metric_id,
        a.variation_id,
        a.mean_value,
        a.p_value,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, metric_id, variation_id, mean_value, p_value, reason_code)
    VALUES (2, 'exp_1', 'itt', 'bought', 'control', 0.2e0, NULL, 'control'),
        (4, 'exp_1', 'exposed', 'bought', 'control', 0.4e0, NULL, 'control');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_experiment_results.[test ties: equal rows of one run are all shown]
AS
BEGIN
    INSERT INTO results.result_rows
        (run_id, experiment_id, analysis_mode, metric_id, variation_id, mean_value, p_value, reason_code)
    VALUES
        (2, 'exp_1', 'itt', 'bought', 'a', 0.2e0, 0.5e0, NULL),
        (2, 'exp_1', 'itt', 'bought', 'b', 0.2e0, 0.5e0, NULL);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.metric_id,
        v.variation_id,
        v.mean_value,
        v.p_value,
        v.reason_code
    INTO #actual
    FROM results.experiment_results AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.metric_id,
        a.variation_id,
        a.mean_value,
        a.p_value,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, metric_id, variation_id, mean_value, p_value, reason_code)
    VALUES
        (2, 'exp_1', 'itt', 'bought', 'a', 0.2e0, 0.5e0, NULL),
        (2, 'exp_1', 'itt', 'bought', 'b', 0.2e0, 0.5e0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

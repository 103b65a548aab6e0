/* results.experiment_summary: what readers see of the runs: the latest finished one of each experiment and mode. */
EXEC tSQLt.NewTestClass 'results_experiment_summary';
GO
CREATE PROCEDURE results_experiment_summary.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.analysis_runs';
    EXEC tSQLt.FakeTable 'results.summary_rows';
    INSERT INTO ops.analysis_runs (run_id, experiment_id, analysis_mode, status)
    VALUES
        (1, 'exp_1', 'itt', 'finished'), (2, 'exp_1', 'itt', 'finished'), (3, 'exp_1', 'itt', 'running'),
        (4, 'exp_1', 'exposed', 'finished'), (5, 'exp_2', 'itt', 'running');
END;
GO
CREATE PROCEDURE results_experiment_summary.[test no rows give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'results.experiment_summary';
END;
GO
CREATE PROCEDURE results_experiment_summary.[test one row of the latest run is shown as it is, NULL included]
AS
BEGIN
    INSERT INTO results.summary_rows
        (run_id, experiment_id, analysis_mode, variation_id, decision, decision_code, is_best, uplift_rel)
    VALUES (4, 'exp_1', 'exposed', 'treatment', 'invalid', 'srm', 0, NULL);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.variation_id,
        v.decision,
        v.decision_code,
        v.is_best,
        v.uplift_rel
    INTO #actual
    FROM results.experiment_summary AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.variation_id,
        a.decision,
        a.decision_code,
        a.is_best,
        a.uplift_rel
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, variation_id, decision, decision_code, is_best, uplift_rel)
    VALUES (4, 'exp_1', 'exposed', 'treatment', 'invalid', 'srm', 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_experiment_summary.[test rows of an older or a running run are not shown]
AS
BEGIN
    INSERT INTO results.summary_rows
        (run_id, experiment_id, analysis_mode, variation_id, decision, decision_code, is_best, uplift_rel)
    VALUES (1, 'exp_1', 'itt', 'treatment', 'inconclusive', 'significance', 0, 0.01e0),
        (2, 'exp_1', 'itt', 'treatment', 'ship', 'all_passed', 1, 0.03e0),
        (3, 'exp_1', 'itt', 'treatment', 'invalid', 'srm', 0, 0.02e0);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.variation_id,
        v.decision,
        v.decision_code,
        v.is_best,
        v.uplift_rel
    INTO #actual
    FROM results.experiment_summary AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.variation_id,
        a.decision,
        a.decision_code,
        a.is_best,
        a.uplift_rel
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, variation_id, decision, decision_code, is_best, uplift_rel)
    VALUES (2, 'exp_1', 'itt', 'treatment', 'ship', 'all_passed', 1, 0.03e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_experiment_summary.[test ties: equal rows of one run are all shown]
AS
BEGIN
    INSERT INTO results.summary_rows
        (run_id, experiment_id, analysis_mode, variation_id, decision, decision_code, is_best, uplift_rel)
    VALUES
        (2, 'exp_1', 'itt', 'a', 'ship', 'all_passed', 0, 0.03e0),
        (2, 'exp_1', 'itt', 'b', 'ship', 'all_passed', 0, 0.03e0);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.variation_id,
        v.decision,
        v.decision_code,
        v.is_best,
        v.uplift_rel
    INTO #actual
    FROM results.experiment_summary AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.variation_id,
        a.decision,
        a.decision_code,
        a.is_best,
        a.uplift_rel
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, variation_id, decision, decision_code, is_best, uplift_rel)
    VALUES
        (2, 'exp_1', 'itt', 'a', 'ship', 'all_passed', 0, 0.03e0),
        (2, 'exp_1', 'itt', 'b', 'ship', 'all_passed', 0, 0.03e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

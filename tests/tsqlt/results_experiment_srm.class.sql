/* results.experiment_srm: what readers see of the runs: the latest finished one of each experiment and mode. */
EXEC tSQLt.NewTestClass 'results_experiment_srm';
GO
CREATE PROCEDURE results_experiment_srm.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.analysis_runs';
    EXEC tSQLt.FakeTable 'results.srm_rows';
    INSERT INTO ops.analysis_runs (run_id, experiment_id, analysis_mode, status)
    VALUES
        (1, 'exp_1', 'itt', 'finished'), (2, 'exp_1', 'itt', 'finished'), (3, 'exp_1', 'itt', 'running'),
        (4, 'exp_1', 'exposed', 'finished'), (5, 'exp_2', 'itt', 'running');
END;
GO
CREATE PROCEDURE results_experiment_srm.[test no rows give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'results.experiment_srm';
END;
GO
CREATE PROCEDURE results_experiment_srm.[test one row of the latest run is shown as it is, NULL included]
AS
BEGIN
    INSERT INTO results.srm_rows (run_id, stage, variation_id, observed_count, chi_square, p_value)
    VALUES (4, 'assigned', 'control', 0, NULL, NULL);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.stage,
        v.variation_id,
        v.observed_count,
        v.chi_square,
        v.p_value
    INTO #actual
    FROM results.experiment_srm AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.stage,
        a.variation_id,
        a.observed_count,
        a.chi_square,
        a.p_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, stage, variation_id, observed_count, chi_square, p_value)
    VALUES (4, 'exp_1', 'exposed', 'assigned', 'control', 0, NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_experiment_srm.[test rows of an older or a running run are not shown]
AS
BEGIN
    INSERT INTO results.srm_rows (run_id, stage, variation_id, observed_count, chi_square, p_value)
    VALUES
        (1, 'assigned', 'control', 10, 1e0, 0.5e0),
        (2, 'assigned', 'control', 20, 1e0, 0.5e0),
        (3, 'assigned', 'control', 30, 1e0, 0.5e0);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.stage,
        v.variation_id,
        v.observed_count,
        v.chi_square,
        v.p_value
    INTO #actual
    FROM results.experiment_srm AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.stage,
        a.variation_id,
        a.observed_count,
        a.chi_square,
        a.p_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, stage, variation_id, observed_count, chi_square, p_value)
    VALUES (2, 'exp_1', 'itt', 'assigned', 'control', 20, 1e0, 0.5e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_experiment_srm.[test ties: equal rows of one run are all shown]
AS
BEGIN
    INSERT INTO results.srm_rows (run_id, stage, variation_id, observed_count, chi_square, p_value)
    VALUES (2, 'assigned', 'a', 20, 0e0, 1e0), (2, 'assigned', 'b', 20, 0e0, 1e0);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.stage,
        v.variation_id,
        v.observed_count,
        v.chi_square,
        v.p_value
    INTO #actual
    FROM results.experiment_srm AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.stage,
        a.variation_id,
        a.observed_count,
        a.chi_square,
        a.p_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (run_id, experiment_id, analysis_mode, stage, variation_id, observed_count, chi_square, p_value)
    VALUES (2, 'exp_1', 'itt', 'assigned', 'a', 20, 0e0, 1e0), (2, 'exp_1', 'itt', 'assigned', 'b', 20, 0e0, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

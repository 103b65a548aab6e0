/* results.analysis_runs: what readers see of the runs: every finished one. */
EXEC tSQLt.NewTestClass 'results_analysis_runs';
GO
CREATE PROCEDURE results_analysis_runs.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.analysis_runs';
    INSERT INTO ops.analysis_runs (run_id, experiment_id, analysis_mode, status)
    VALUES
        (1, 'exp_1', 'itt', 'finished'), (2, 'exp_1', 'itt', 'finished'), (3, 'exp_1', 'itt', 'running'),
        (4, 'exp_1', 'exposed', 'finished'), (5, 'exp_2', 'itt', 'running');
END;
GO
CREATE PROCEDURE results_analysis_runs.[test no runs give no rows]
AS
BEGIN
    DELETE FROM ops.analysis_runs;

    EXEC tSQLt.AssertEmptyTable 'results.analysis_runs';
END;
GO
CREATE PROCEDURE results_analysis_runs.[test every finished run is a row, its missing times NULL]
AS
BEGIN
    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.ended_at
    INTO #actual
    FROM results.analysis_runs AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.ended_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (run_id, experiment_id, analysis_mode, ended_at)
    VALUES (1, 'exp_1', 'itt', NULL), (2, 'exp_1', 'itt', NULL), (4, 'exp_1', 'exposed', NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

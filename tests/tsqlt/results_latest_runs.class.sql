/* results.latest_runs: what readers see of the runs: the latest finished one of each experiment and mode. */
EXEC tSQLt.NewTestClass 'results_latest_runs';
GO
CREATE PROCEDURE results_latest_runs.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.analysis_runs';
    INSERT INTO ops.analysis_runs (run_id, experiment_id, analysis_mode, status)
    VALUES
        (1, 'exp_1', 'itt', 'finished'), (2, 'exp_1', 'itt', 'finished'), (3, 'exp_1', 'itt', 'running'),
        (4, 'exp_1', 'exposed', 'finished'), (5, 'exp_2', 'itt', 'running');
END;
GO
CREATE PROCEDURE results_latest_runs.[test no runs give no rows]
AS
BEGIN
    DELETE FROM ops.analysis_runs;

    EXEC tSQLt.AssertEmptyTable 'results.latest_runs';
END;
GO
CREATE PROCEDURE results_latest_runs.[test one finished run is the latest]
AS
BEGIN
    DELETE FROM ops.analysis_runs
    WHERE run_id <> 4;

    SELECT
        v.experiment_id,
        v.analysis_mode,
        v.run_id
    INTO #actual
    FROM results.latest_runs AS v;
    SELECT TOP (0)
        a.experiment_id,
        a.analysis_mode,
        a.run_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, analysis_mode, run_id)
    VALUES ('exp_1', 'exposed', 4);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_latest_runs.[test the highest finished run of each experiment and mode, a running one never]
AS
BEGIN
    SELECT
        v.experiment_id,
        v.analysis_mode,
        v.run_id
    INTO #actual
    FROM results.latest_runs AS v;
    SELECT TOP (0)
        a.experiment_id,
        a.analysis_mode,
        a.run_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, analysis_mode, run_id)
    VALUES ('exp_1', 'itt', 2), ('exp_1', 'exposed', 4);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_latest_runs.[test ties in time: the higher run is the latest]
AS
BEGIN
    UPDATE ops.analysis_runs
    SET ended_at = CAST('2026-01-02' AS datetime2(6))
    WHERE status = 'finished';

    SELECT
        v.experiment_id,
        v.analysis_mode,
        v.run_id
    INTO #actual
    FROM results.latest_runs AS v;
    SELECT TOP (0)
        a.experiment_id,
        a.analysis_mode,
        a.run_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, analysis_mode, run_id)
    VALUES ('exp_1', 'itt', 2), ('exp_1', 'exposed', 4);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

/* results.experiment_gates: what readers see of the runs: the latest finished one of each experiment and mode. */
EXEC tSQLt.NewTestClass 'results_experiment_gates';
GO
CREATE PROCEDURE results_experiment_gates.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.analysis_runs';
    EXEC tSQLt.FakeTable 'results.gate_rows';
    INSERT INTO ops.analysis_runs (run_id, experiment_id, analysis_mode, status)
    VALUES
        (1, 'exp_1', 'itt', 'finished'), (2, 'exp_1', 'itt', 'finished'), (3, 'exp_1', 'itt', 'running'),
        (4, 'exp_1', 'exposed', 'finished'), (5, 'exp_2', 'itt', 'running');
END;
GO
CREATE PROCEDURE results_experiment_gates.[test no rows give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'results.experiment_gates';
END;
GO
CREATE PROCEDURE results_experiment_gates.[test one row of the latest run is shown as it is, NULL included]
AS
BEGIN
    INSERT INTO results.gate_rows (run_id, variation_id, gate_order, gate_name, threshold, passed)
    VALUES (4, 'treatment', 1, 'planned_units', NULL, NULL);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.variation_id,
        v.gate_order,
        v.gate_name,
        v.threshold,
        v.passed
    INTO #actual
    FROM results.experiment_gates AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.variation_id,
        a.gate_order,
        a.gate_name,
        a.threshold,
        a.passed
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (run_id, experiment_id, analysis_mode, variation_id, gate_order, gate_name, threshold, passed)
    VALUES (4, 'exp_1', 'exposed', 'treatment', 1, 'planned_units', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_experiment_gates.[test rows of an older or a running run are not shown]
AS
BEGIN
    INSERT INTO results.gate_rows (run_id, variation_id, gate_order, gate_name, threshold, passed)
    VALUES
        (1, 'treatment', 1, 'primary_lift', 0.02e0, 0),
        (2, 'treatment', 1, 'primary_lift', 0.02e0, 1),
        (3, 'treatment', 1, 'primary_lift', 0.02e0, 0);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.variation_id,
        v.gate_order,
        v.gate_name,
        v.threshold,
        v.passed
    INTO #actual
    FROM results.experiment_gates AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.variation_id,
        a.gate_order,
        a.gate_name,
        a.threshold,
        a.passed
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (run_id, experiment_id, analysis_mode, variation_id, gate_order, gate_name, threshold, passed)
    VALUES (2, 'exp_1', 'itt', 'treatment', 1, 'primary_lift', 0.02e0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE results_experiment_gates.[test ties: equal rows of one run are all shown]
AS
BEGIN
    INSERT INTO results.gate_rows (run_id, variation_id, gate_order, gate_name, threshold, passed)
    VALUES (2, 'a', 1, 'primary_lift', 0.02e0, 1), (2, 'b', 1, 'primary_lift', 0.02e0, 1);

    SELECT
        v.run_id,
        v.experiment_id,
        v.analysis_mode,
        v.variation_id,
        v.gate_order,
        v.gate_name,
        v.threshold,
        v.passed
    INTO #actual
    FROM results.experiment_gates AS v;
    SELECT TOP (0)
        a.run_id,
        a.experiment_id,
        a.analysis_mode,
        a.variation_id,
        a.gate_order,
        a.gate_name,
        a.threshold,
        a.passed
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (run_id, experiment_id, analysis_mode, variation_id, gate_order, gate_name, threshold, passed)
    VALUES
        (2, 'exp_1', 'itt', 'a', 1, 'primary_lift', 0.02e0, 1),
        (2, 'exp_1', 'itt', 'b', 1, 'primary_lift', 0.02e0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

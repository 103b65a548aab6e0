/* marts.refresh_experiment: what it refuses, and that it passes the experiment on. */
EXEC tSQLt.NewTestClass 'marts_refresh_experiment';
GO
CREATE PROCEDURE marts_refresh_experiment.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.problems';
    EXEC tSQLt.SpyProcedure 'marts.load_int_experiment_exposure_validation';
    EXEC tSQLt.SpyProcedure 'marts.load_fct_experiment_exposure_quality_daily';
    EXEC tSQLt.SpyProcedure 'marts.load_fct_experiment_cohort';
    EXEC tSQLt.SpyProcedure 'marts.load_experiment_measures';
    EXEC tSQLt.SpyProcedure 'marts.load_agg_experiment_metric_by_variant';
    INSERT INTO catalog.experiments (experiment_id)
    VALUES ('exp_1');
END;
GO
CREATE PROCEDURE marts_refresh_experiment.[test every mart is loaded for the experiment]
AS
BEGIN
    EXEC marts.refresh_experiment @experiment_id = 'exp_1';

    SELECT
        s.loaded,
        s.experiment_id
    INTO #actual
    FROM
    (
        SELECT 1 AS loaded, v.experiment_id
        FROM marts.load_int_experiment_exposure_validation_SpyProcedureLog AS v
        UNION ALL
        SELECT 2 AS loaded, q.experiment_id
        FROM marts.load_fct_experiment_exposure_quality_daily_SpyProcedureLog AS q
        UNION ALL
        SELECT 3 AS loaded, c.experiment_id
        FROM marts.load_fct_experiment_cohort_SpyProcedureLog AS c
        UNION ALL
        SELECT 4 AS loaded, m.experiment_id
        FROM marts.load_experiment_measures_SpyProcedureLog AS m
        UNION ALL
        SELECT 5 AS loaded, a.experiment_id
        FROM marts.load_agg_experiment_metric_by_variant_SpyProcedureLog AS a
    ) AS s;
    SELECT TOP (0)
        a.loaded,
        a.experiment_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (loaded, experiment_id)
    VALUES (1, 'exp_1'), (2, 'exp_1'), (3, 'exp_1'), (4, 'exp_1'), (5, 'exp_1');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_refresh_experiment.[test an unknown experiment is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException
        @ExpectedMessage = 'Experiment ''exp_9'' is not in catalog.experiments.',
        @ExpectedErrorNumber = 50020;

    EXEC marts.refresh_experiment @experiment_id = 'exp_9';
END;
GO
CREATE PROCEDURE marts_refresh_experiment.[test a problem of the experiment is the refusal]
AS
BEGIN
    /* As text: CREATE PROCEDURE refuses an INSERT into what is a view until it is faked. */
    EXEC ('INSERT INTO catalog.problems (experiment_id, problem) VALUES (''exp_1'', ''The weights are odd.'');');
    EXEC tSQLt.ExpectException @ExpectedMessage = 'The weights are odd.', @ExpectedErrorNumber = 50021;

    EXEC marts.refresh_experiment @experiment_id = 'exp_1';
END;
GO
CREATE PROCEDURE marts_refresh_experiment.[test a problem of another experiment or of none is no refusal]
AS
BEGIN
    EXEC ('INSERT INTO catalog.problems (experiment_id, problem) VALUES (''exp_2'', ''The weights are odd.'');');
    EXEC ('INSERT INTO catalog.problems (experiment_id, problem) VALUES (NULL, ''A metric is odd.'');');
    EXEC tSQLt.ExpectNoException;

    EXEC marts.refresh_experiment @experiment_id = 'exp_1';
END;
GO
CREATE PROCEDURE marts_refresh_experiment.[test an error in a step comes through]
AS
BEGIN
    EXEC tSQLt.SpyProcedure
        'marts.load_fct_experiment_cohort', 'THROW 50999, ''the cohort broke'', 1';
    EXEC tSQLt.ExpectException @ExpectedMessage = 'the cohort broke', @ExpectedErrorNumber = 50999;

    EXEC marts.refresh_experiment @experiment_id = 'exp_1';
END;
GO

/* marts.session_experiments: in which part of its user's experiment a session began. */
EXEC tSQLt.NewTestClass 'marts_session_experiments';
GO
CREATE PROCEDURE marts_session_experiments.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'marts.dim_sessions';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'catalog.experiments';
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES
        ('x', CAST('2026-03-01' AS datetime2(6)), CAST('2026-03-15' AS datetime2(6))),
        ('open', CAST('2026-03-01' AS datetime2(6)), NULL);
END;
GO
CREATE PROCEDURE marts_session_experiments.[test without sessions or assignments there are no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'marts.session_experiments';
    INSERT INTO marts.dim_sessions (user_id, session_number, started_at)
    VALUES ('u', 1, CAST('2026-03-02' AS datetime2(6)));

    EXEC tSQLt.AssertEmptyTable 'marts.session_experiments';
END;
GO
CREATE PROCEDURE marts_session_experiments.[test the start is in the experiment, its end is not]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id)
    VALUES ('x', 'u', 'b');
    INSERT INTO marts.dim_sessions (user_id, session_number, started_at)
    VALUES
        ('u', 1, CAST('2026-02-28T23:59:59.999999' AS datetime2(6))), ('u', 2, CAST('2026-03-01' AS datetime2(6))),
        ('u', 3, CAST('2026-03-14T23:59:59.999999' AS datetime2(6))), ('u', 4, CAST('2026-03-15' AS datetime2(6)));

    SELECT
        s.session_number,
        s.experiment_id,
        s.variation_id,
        s.experiment_period
    INTO #actual
    FROM marts.session_experiments AS s;
    SELECT TOP (0)
        a.session_number,
        a.experiment_id,
        a.variation_id,
        a.experiment_period
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (session_number, experiment_id, variation_id, experiment_period)
    VALUES (1, 'x', 'b', 'before'), (2, 'x', 'b', 'during'), (3, 'x', 'b', 'during'), (4, 'x', 'b', 'after');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_session_experiments.[test an experiment without an end has no sessions after it, and each experiment its row]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id)
    VALUES ('x', 'u', 'b'), ('open', 'u', 'a'), ('open', 'without sessions', 'a');
    INSERT INTO marts.dim_sessions
        (user_id, session_number, track_count, unique_artist_count, skip_count, minutes, skip_rate, started_at)
    VALUES ('u', 7, 4, 3, 1, 12.5e0, 0.25e0, CAST('2027-01-01' AS datetime2(6)));

    SELECT
        s.experiment_id,
        s.variation_id,
        s.experiment_period,
        s.track_count,
        s.unique_artist_count,
        s.skip_count,
        s.minutes,
        s.skip_rate
    INTO #actual
    FROM marts.session_experiments AS s;
    SELECT TOP (0)
        a.experiment_id,
        a.variation_id,
        a.experiment_period,
        a.track_count,
        a.unique_artist_count,
        a.skip_count,
        a.minutes,
        a.skip_rate
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        experiment_id, variation_id, experiment_period, track_count, unique_artist_count, skip_count, minutes, skip_rate
    )
    VALUES ('x', 'b', 'after', 4, 3, 1, 12.5e0, 0.25e0), ('open', 'a', 'during', 4, 3, 1, 12.5e0, 0.25e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

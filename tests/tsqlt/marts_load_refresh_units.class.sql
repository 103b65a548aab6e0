/*
marts.load_refresh_units: whom the loads of the sources touch. What loads of assignments, events and attributes of units
touch is compared with whole refreshes in RefreshTests.
*/
EXEC tSQLt.NewTestClass 'marts_load_refresh_units';
GO
CREATE PROCEDURE marts_load_refresh_units.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.events';
    EXEC tSQLt.FakeTable 'raw.commerce_events';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'staging.scrobble_plays';
    EXEC tSQLt.FakeTable 'staging.stg_scrobble_users';
    EXEC tSQLt.FakeTable 'staging.stg_commerce_events';
    EXEC tSQLt.FakeTable 'staging.cleansed_podcast_events';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_users';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_episodes';
    EXEC tSQLt.FakeTable 'marts.dim_sessions';
    EXEC tSQLt.FakeTable 'marts.int_experiment_exposure_validation';
    EXEC tSQLt.FakeTable 'marts.experiment_loads';
    EXEC tSQLt.FakeTable 'marts.refresh_units';
    EXEC tSQLt.FakeTable 'marts.refresh_loads';
    INSERT INTO ops.load_log (load_id, source, status, staged_at)
    VALUES
        (1, 'scrobbles', 'finished', CAST('2024-03-01' AS datetime2(6))),
        (2, 'scrobbles', 'finished', CAST('2024-03-02' AS datetime2(6)));
    INSERT INTO marts.experiment_loads (experiment_id, load_id, staged_at)
    VALUES ('exp_1', 1, CAST('2024-03-01' AS datetime2(6)));
    INSERT INTO marts.int_experiment_exposure_validation (experiment_id, unit_id)
    VALUES ('exp_1', 'a'), ('exp_1', 'b'), ('exp_1', 'c'), ('exp_1', 'd'), ('exp_2', 'x');
END;
GO
CREATE PROCEDURE marts_load_refresh_units.[test no rows touch nobody]
AS
BEGIN
    EXEC marts.load_refresh_units @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.refresh_units';
END;
GO
CREATE PROCEDURE marts_load_refresh_units.[test plays, podcast events and their lookups touch their users, sessions nobody]
AS
BEGIN
    INSERT INTO staging.scrobble_plays (user_id, load_id, line_number)
    VALUES ('a', 2, 1), ('b', 1, 1), ('x', 2, 2);
    INSERT INTO marts.dim_sessions (user_id, session_number)
    VALUES ('c', 1);
    INSERT INTO staging.stg_podcast_users (user_id, load_id)
    VALUES ('b', 2), ('c', 1);
    INSERT INTO staging.stg_podcast_episodes (episode_id, load_id)
    VALUES ('e', 2), ('f', 1);
    INSERT INTO staging.cleansed_podcast_events (user_id, episode_id, load_id, line_number)
    VALUES ('d', 'e', 1, 2), ('c', 'f', 1, 3);

    EXEC marts.load_refresh_units @experiment_id = 'exp_1';

    SELECT
        r.unit_id
    INTO #actual
    FROM marts.refresh_units AS r;
    SELECT TOP (0)
        a.unit_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id)
    VALUES ('a'), ('b'), ('d');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_refresh_units.[test new bots, users who lost an event, profiles and units assigned by hash are touched]
AS
BEGIN
    INSERT INTO staging.stg_commerce_events (event_id, user_id, load_id, line_number, is_bot)
    VALUES ('1', 'a', 2, 1, 1), ('2', 'd', 1, 1, 1);
    INSERT INTO raw.commerce_events (load_id, line_number, user_id)
    VALUES (1, 7, ' b '), (1, 8, 'd');
    INSERT INTO staging.duplicates (source, rule_name, load_id, line_number, kept_load_id)
    VALUES ('commerce_events', 'older_version', 1, 7, 2), ('commerce_events', 'older_version', 1, 8, 1);
    INSERT INTO staging.stg_scrobble_users (user_id, load_id)
    VALUES ('c', 2), ('d', 1);
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, load_id)
    VALUES ('exp_1', 'new', 0), ('exp_1', 'd', 0), ('exp_2', 'other', 0);

    EXEC marts.load_refresh_units @experiment_id = 'exp_1';

    SELECT
        r.unit_id
    INTO #actual
    FROM marts.refresh_units AS r;
    SELECT TOP (0)
        a.unit_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id)
    VALUES ('a'), ('b'), ('c'), ('new');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

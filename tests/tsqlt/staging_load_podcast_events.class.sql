/* staging.load_podcast_events: every rule, the list of violations, which version counts. */
EXEC tSQLt.NewTestClass 'staging_load_podcast_events';
GO
CREATE PROCEDURE staging_load_podcast_events.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.podcast_events';
    EXEC tSQLt.FakeTable 'staging.validated_podcast_events';
    EXEC tSQLt.FakeTable 'staging.cleansed_podcast_events';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_users';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_episodes';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    EXEC tSQLt.FakeTable 'catalog.source_settings';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES (1, 'podcast_events', 'finished'), (2, 'podcast_events', 'finished');
    INSERT INTO catalog.source_settings (source, setting_name, setting_value)
    VALUES ('podcast_events', 'max_seconds', 100e0);
END;
GO
CREATE PROCEDURE staging_load_podcast_events.[test a load without rows stages nothing]
AS
BEGIN
    EXEC staging.load_podcast_events @load_id = 1;

    EXEC tSQLt.AssertEmptyTable 'staging.validated_podcast_events';
    EXEC tSQLt.AssertEmptyTable 'staging.cleansed_podcast_events';
END;
GO
CREATE PROCEDURE staging_load_podcast_events.[test every rule is in the list, and the first is the quarantine's]
AS
BEGIN
    INSERT INTO staging.stg_podcast_users (user_id) VALUES ('u');
    INSERT INTO staging.stg_podcast_episodes (episode_id) VALUES ('e');
    INSERT INTO raw.podcast_events
    (
        load_id, line_number, user_id, episode_id, event_type, event_at, duration_seconds, position_seconds, reject_rule
    )
    VALUES
        (1, 1, NULL, ' ', '', NULL, 'x', 'y', NULL),
        (1, 2, 'u', 'e', 'play', '2024-02-30', '-0.5', '100.5', NULL),
        (1, 3, 'stranger', 'nowhere', 'teleport', '2024-02-29', NULL, NULL, NULL),
        (1, 4, 'u', 'e', 'play', '2024-02-29', '0', '100', NULL),
        (1, 5, 'u', 'e', 'play', '2024-02-29T00:00:01', '100', '0', 'a=b');

    EXEC staging.load_podcast_events @load_id = 1;

    SELECT
        v.line_number,
        v.violations,
        q.rule_name
    INTO #actual
    FROM staging.validated_podcast_events AS v
    LEFT JOIN staging.quarantine AS q
        ON q.load_id = v.load_id AND q.line_number = v.line_number;
    SELECT TOP (0)
        a.line_number,
        a.violations,
        a.rule_name
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, violations, rule_name)
    VALUES
    (
        1,
        'missing_user_id,missing_episode_id,missing_event_type,missing_timestamp,bad_duration,bad_position',
        'missing_user_id'
    ),
        (2, 'bad_timestamp,duration_out_of_range,position_out_of_range', 'bad_timestamp'),
        (3, 'unknown_event_type,unknown_user,unknown_episode', 'unknown_event_type'),
        (4, NULL, NULL),
        (5, 'rejected_by_rule', 'rejected_by_rule');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_podcast_events.[test without users and episodes nobody is unknown]
AS
BEGIN
    INSERT INTO raw.podcast_events (load_id, line_number, user_id, episode_id, event_type, event_at)
    VALUES (1, 1, 'u', 'e', ' PLAY ', '1709164800');

    EXEC staging.load_podcast_events @load_id = 1;

    SELECT
        s.event_type,
        s.event_at
    INTO #actual
    FROM staging.cleansed_podcast_events AS s;
    SELECT TOP (0)
        a.event_type,
        a.event_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_type, event_at)
    VALUES ('play', CAST('2024-02-29' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_podcast_events.[test the same event of a later load or line counts]
AS
BEGIN
    INSERT INTO raw.podcast_events
        (load_id, line_number, user_id, episode_id, event_type, event_at, position_seconds)
    VALUES
        (1, 1, 'u', 'e', 'play', '2024-02-29', '1'), (1, 2, 'u', 'e', 'play', '2024-02-29', '2'),
        (1, 3, 'u', 'e', 'pause', '2024-02-29', '3'), (2, 1, 'u', 'e', 'play', '2024-02-29T00:00:00Z', '4');

    EXEC staging.load_podcast_events @load_id = 1;
    EXEC staging.load_podcast_events @load_id = 2;
    EXEC staging.load_podcast_events @load_id = 2;

    SELECT
        s.event_type,
        s.position_seconds
    INTO #actual
    FROM staging.cleansed_podcast_events AS s;
    SELECT TOP (0)
        a.event_type,
        a.position_seconds
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_type, position_seconds)
    VALUES ('play', 4e0), ('pause', 3e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @duplicate_count int = (SELECT COUNT(*) FROM staging.duplicates AS d);
    EXEC tSQLt.AssertEquals 2, @duplicate_count;
END;
GO
CREATE PROCEDURE staging_load_podcast_events.[test times of every form become UTC, ids of 128 bytes are ids]
AS
BEGIN
    INSERT INTO raw.podcast_events (load_id, line_number, user_id, episode_id, event_type, event_at)
    VALUES
        (1, 1, 'u', 'e', 'play', '2024-03-31T01:59:59+01:00'), (1, 2, 'u', 'e', 'play', '2024-03-31T03:00:00+02:00'),
        (1, 3, 'u', 'e', 'play', '1709251199'), (1, 4, 'u', 'e', 'play', '1709251200500'),
        (1, 5, REPLICATE('u', 128), REPLICATE('e', 128), 'play', '2024-12-31T23:59:59.999999Z'),
        (1, 6, REPLICATE('u', 129), 'e', 'play', '2024-12-31'), (1, 7, 'u', REPLICATE('é', 65), 'play', '2024-12-31'),
        (1, 8, 'u', 'e', 'play', '31/12/2024');

    EXEC staging.load_podcast_events @load_id = 1;

    SELECT
        v.line_number,
        v.violations,
        v.event_at
    INTO #actual
    FROM staging.validated_podcast_events AS v;
    SELECT TOP (0)
        a.line_number,
        a.violations,
        a.event_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, violations, event_at)
    VALUES
        (1, NULL, CAST('2024-03-31T00:59:59' AS datetime2(6))), (2, NULL, CAST('2024-03-31T01:00:00' AS datetime2(6))),
        (3, NULL, CAST('2024-02-29T23:59:59' AS datetime2(6))),
        (4, NULL, CAST('2024-03-01T00:00:00.5' AS datetime2(6))),
        (5, NULL, CAST('2024-12-31T23:59:59.999999' AS datetime2(6))),
        (6, 'too_long', CAST('2024-12-31' AS datetime2(6))), (7, 'too_long', CAST('2024-12-31' AS datetime2(6))),
        (8, 'bad_timestamp', NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

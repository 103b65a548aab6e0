/* staging.rejudge_podcast_events: events that came before their users and episodes. */
EXEC tSQLt.NewTestClass 'staging_rejudge_podcast_events';
GO
CREATE PROCEDURE staging_rejudge_podcast_events.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'ops.mart_builds';
    EXEC tSQLt.FakeTable 'raw.podcast_events';
    EXEC tSQLt.FakeTable 'staging.validated_podcast_events';
    EXEC tSQLt.FakeTable 'staging.cleansed_podcast_events';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_users';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_episodes';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES (1, 'podcast_events', 'finished');
    INSERT INTO raw.podcast_events (load_id, line_number, user_id, episode_id, event_type, event_at)
    VALUES
        (1, 1, 'u', 'e', 'play', '2024-02-29T00:00:00Z'), (1, 2, 'late', 'e', 'play', '2024-02-29T00:00:00Z'),
        (1, 3, 'u', 'late', 'play', '2024-02-29T00:00:00Z'), (1, 4, NULL, 'e', 'play', '2024-02-29T00:00:00Z');
END;
GO
CREATE PROCEDURE staging_rejudge_podcast_events.[test without users and episodes nothing is opened]
AS
BEGIN
    EXEC staging.load_all;

    EXEC staging.rejudge_podcast_events;

    DECLARE @open_count int = (SELECT COUNT(*) FROM ops.load_log AS l WHERE l.staged_at IS NULL);
    EXEC tSQLt.AssertEquals 0, @open_count;
    DECLARE @staged_count int = (SELECT COUNT(*) FROM staging.cleansed_podcast_events AS s);
    EXEC tSQLt.AssertEquals 3, @staged_count;
END;
GO
CREATE PROCEDURE staging_rejudge_podcast_events.[test events staged before their users and episodes are judged by them when they come]
AS
BEGIN
    EXEC staging.load_all;
    INSERT INTO staging.stg_podcast_users (user_id, load_id) VALUES ('u', 2);
    INSERT INTO staging.stg_podcast_episodes (episode_id, load_id) VALUES ('e', 3);

    EXEC staging.load_all;

    SELECT
        q.line_number,
        q.rule_name
    INTO #actual
    FROM staging.quarantine AS q;
    SELECT TOP (0)
        a.line_number,
        a.rule_name
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, rule_name)
    VALUES (2, 'unknown_user'), (3, 'unknown_episode'), (4, 'missing_user_id');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @staged_count int = (SELECT COUNT(*) FROM staging.cleansed_podcast_events AS s WHERE s.line_number = 1);
    EXEC tSQLt.AssertEquals 1, @staged_count;
END;
GO
CREATE PROCEDURE staging_rejudge_podcast_events.[test an unknown user and episode who come later bring their events back]
AS
BEGIN
    INSERT INTO staging.stg_podcast_users (user_id, load_id) VALUES ('u', 2);
    INSERT INTO staging.stg_podcast_episodes (episode_id, load_id) VALUES ('e', 3);
    EXEC staging.load_all;
    INSERT INTO staging.stg_podcast_users (user_id, load_id) VALUES ('late', 4);
    INSERT INTO staging.stg_podcast_episodes (episode_id, load_id) VALUES ('late', 5);

    EXEC staging.load_all;

    SELECT
        s.line_number,
        v.violations
    INTO #actual
    FROM staging.cleansed_podcast_events AS s
    INNER JOIN staging.validated_podcast_events AS v
        ON v.load_id = s.load_id AND v.line_number = s.line_number;
    SELECT TOP (0)
        a.line_number,
        a.violations
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, violations)
    VALUES (1, NULL), (2, NULL), (3, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @rule_name varchar(64) = (SELECT q.rule_name FROM staging.quarantine AS q);
    EXEC tSQLt.AssertEquals 'missing_user_id', @rule_name;
END;
GO
CREATE PROCEDURE staging_rejudge_podcast_events.[test nothing is judged again where no user or episode came]
AS
BEGIN
    INSERT INTO staging.stg_podcast_users (user_id, load_id) VALUES ('u', 2);
    EXEC staging.load_all;
    INSERT INTO staging.quarantine (source, load_id, line_number, rule_name, raw_value)
    VALUES ('podcast_events', 1, 9, 'unknown_user', 'u');

    EXEC staging.rejudge_podcast_events;

    DECLARE @open_count int = (SELECT COUNT(*) FROM ops.load_log AS l WHERE l.staged_at IS NULL);
    EXEC tSQLt.AssertEquals 0, @open_count;
END;
GO

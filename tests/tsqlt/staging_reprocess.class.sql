/* staging.reprocess: quarantined lines are tried again, the others stay as they are. */
EXEC tSQLt.NewTestClass 'staging_reprocess';
GO
CREATE PROCEDURE staging_reprocess.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'ops.mart_builds';
    EXEC tSQLt.FakeTable 'raw.scrobbles';
    EXEC tSQLt.FakeTable 'raw.assignments';
    EXEC tSQLt.FakeTable 'raw.events';
    EXEC tSQLt.FakeTable 'raw.unit_attributes';
    EXEC tSQLt.FakeTable 'raw.commerce_events';
    EXEC tSQLt.FakeTable 'raw.podcast_events';
    EXEC tSQLt.FakeTable 'raw.podcast_users';
    EXEC tSQLt.FakeTable 'raw.podcast_episodes';
    EXEC tSQLt.FakeTable 'raw.scrobble_users';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'staging.scrobble_plays';
    EXEC tSQLt.FakeTable 'staging.stg_commerce_events';
    EXEC tSQLt.FakeTable 'staging.validated_podcast_events';
    EXEC tSQLt.FakeTable 'staging.cleansed_podcast_events';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_users';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_episodes';
    EXEC tSQLt.FakeTable 'staging.stg_scrobble_users';
    EXEC tSQLt.FakeTable 'staging.commerce_changed_days';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES (1, 'commerce_events', 'finished'), (2, 'scrobbles', 'finished'),
        (3, 'assignments', 'finished'), (4, 'events', 'finished'), (5, 'unit_attributes', 'finished'),
        (6, 'podcast_events', 'finished'), (9, 'scrobble_users', 'finished');
    INSERT INTO ops.load_log (load_id, source, status, started_at)
    VALUES
        (7, 'podcast_users', 'finished', CAST('2024-01-01' AS datetime2(6))),
        (8, 'podcast_episodes', 'finished', CAST('2024-01-01' AS datetime2(6)));
END;
GO
CREATE PROCEDURE staging_reprocess.[test a source that the catalog does not describe is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException
        @ExpectedMessage = 'The source ''tickets'' is not in catalog.sources.',
        @ExpectedErrorNumber = 50012;
    EXEC staging.reprocess @source = 'tickets', @rule_name = NULL;
END;
GO
CREATE PROCEDURE staging_reprocess.[test a line is staged once its type is known, versions and all]
AS
BEGIN
    INSERT INTO raw.commerce_events (load_id, line_number, event_id, user_id, event_type, event_at)
    VALUES
        (1, 1, 'a', 'u', 'view', '2024-01-01'), (1, 2, 'b', 'u', 'teleport', '2024-01-01'),
        (1, 3, 'a', 'u', 'teleport', '2024-01-02'), (1, 4, 'c', 'u', 'view', 'never'),
        (1, 5, 'a', 'u', 'view', '2023-01-01');
    EXEC staging.load_all;
    INSERT INTO catalog.commerce_event_types (event_type, revenue_sign, needs_amount) VALUES ('teleport', 0, 0);

    EXEC staging.reprocess @source = 'commerce_events', @rule_name = 'unknown_event_type';

    SELECT
        f.fate,
        f.line_number
    INTO #actual
    FROM
    (
        SELECT 'staged' AS fate, s.line_number FROM staging.stg_commerce_events AS s
        UNION ALL
        SELECT 'duplicate' AS fate, d.line_number FROM staging.duplicates AS d
        UNION ALL
        SELECT 'quarantined' AS fate, q.line_number FROM staging.quarantine AS q
    ) AS f;
    SELECT TOP (0)
        a.fate,
        a.line_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (fate, line_number)
    VALUES ('staged', 2), ('staged', 3), ('duplicate', 1), ('duplicate', 5), ('quarantined', 4);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_reprocess.[test a play that is tried again stands between the others]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name)
    VALUES
        (2, 1, 'u', '2009-01-01T00:00:00Z', 'a', 't'), (2, 2, 'u', 'soon', 'a', 't'),
        (2, 3, 'u', '2009-01-01T00:05:00Z', 'a', 't');
    EXEC staging.load_all;
    UPDATE raw.scrobbles SET played_at = '2009-01-01T00:01:00Z' WHERE line_number = 2;

    EXEC staging.reprocess @source = 'scrobbles', @rule_name = NULL;

    SELECT
        p.line_number,
        p.seconds_to_next
    INTO #actual
    FROM staging.scrobble_plays AS p;
    SELECT TOP (0)
        a.line_number,
        a.seconds_to_next
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, seconds_to_next)
    VALUES (1, 60e0), (2, 240e0), (3, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'staging.quarantine';
END;
GO
CREATE PROCEDURE staging_reprocess.[test an event that is tried again is a version like any other]
AS
BEGIN
    INSERT INTO raw.events (load_id, line_number, event_id, unit_id, event_name, event_at)
    VALUES
        (4, 1, 'a', 'u', 'visit', '2024-01-01'), (4, 2, 'a', 'u', 'visit', 'soon'), (4, 3, 'b', 'u', 'visit', 'soon'),
        (4, 4, 'c', 'u', 'visit', 'never'), (4, 5, 'd', 'u', 'visit', '2024-01-01');
    EXEC staging.load_all;
    UPDATE raw.events SET event_at = '2024-01-02' WHERE line_number IN (2, 3);

    EXEC staging.reprocess @source = 'events', @rule_name = 'bad_timestamp';

    SELECT
        f.fate,
        f.line_number
    INTO #actual
    FROM
    (
        SELECT 'staged' AS fate, s.line_number FROM staging.stg_conversion_events AS s
        UNION ALL
        SELECT 'duplicate' AS fate, d.line_number FROM staging.duplicates AS d
        UNION ALL
        SELECT 'quarantined' AS fate, q.line_number FROM staging.quarantine AS q
    ) AS f;
    SELECT TOP (0)
        a.fate,
        a.line_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (fate, line_number)
    VALUES ('duplicate', 1), ('staged', 2), ('staged', 3), ('quarantined', 4), ('staged', 5);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_reprocess.[test an assignment that is tried again comes first where it is the earliest]
AS
BEGIN
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        (3, 1, 'x', 'u', 'a', '2024-01-02'), (3, 2, 'x', 'u', 'b', 'soon'), (3, 3, 'x', 'v', 'a', '2024-01-02'),
        (3, 4, 'x', 'w', 'a', 'soon'), (3, 5, 'x', 'u', 'a', '2024-01-03');
    EXEC staging.load_all;
    UPDATE raw.assignments SET assigned_at = '2024-01-01' WHERE line_number IN (2, 4);

    EXEC staging.reprocess @source = 'assignments', @rule_name = NULL;

    SELECT
        f.fate,
        f.line_number
    INTO #actual
    FROM
    (
        SELECT 'staged' AS fate, s.line_number FROM staging.stg_experiment_assignments AS s
        UNION ALL
        SELECT 'duplicate' AS fate, d.line_number FROM staging.duplicates AS d
        UNION ALL
        SELECT 'quarantined' AS fate, q.line_number FROM staging.quarantine AS q
    ) AS f;
    SELECT TOP (0)
        a.fate,
        a.line_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (fate, line_number)
    VALUES ('duplicate', 1), ('staged', 2), ('staged', 3), ('staged', 4), ('duplicate', 5);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @conflict varchar(20);
    SELECT @conflict = CONCAT(s.variation_id, ' of ', s.assignment_count, ' ', CAST(s.is_conflict AS int))
    FROM staging.stg_experiment_assignments AS s
    WHERE s.unit_id = 'u';
    EXEC tSQLt.AssertEquals 'b of 3 1', @conflict;
END;
GO
CREATE PROCEDURE staging_reprocess.[test an attribute of a unit that is tried again outranks an earlier line of its load]
AS
BEGIN
    INSERT INTO raw.unit_attributes (load_id, line_number, unit_id, attribute, attribute_value, valid_from)
    VALUES
        (5, 1, 'u', 'country', 'DE', '2024-01-01'), (5, 2, 'u', 'country', 'FR', 'soon'),
        (5, 3, 'v', 'country', NULL, NULL);
    EXEC staging.load_all;
    UPDATE raw.unit_attributes SET valid_from = '2024-01-01' WHERE line_number = 2;

    EXEC staging.reprocess @source = 'unit_attributes', @rule_name = 'bad_timestamp';

    SELECT
        f.fate,
        f.line_number
    INTO #actual
    FROM
    (
        SELECT 'staged' AS fate, s.line_number FROM staging.stg_unit_attributes AS s
        UNION ALL
        SELECT 'duplicate' AS fate, d.line_number FROM staging.duplicates AS d
        UNION ALL
        SELECT 'quarantined' AS fate, q.line_number FROM staging.quarantine AS q
    ) AS f;
    SELECT TOP (0)
        a.fate,
        a.line_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (fate, line_number)
    VALUES ('duplicate', 1), ('staged', 2), ('quarantined', 3);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_reprocess.[test a time is read once the source declares its format]
AS
BEGIN
    DELETE FROM catalog.source_timestamp_formats
    WHERE source = 'commerce_events' AND timestamp_format = 'dd/MM/yyyy';
    INSERT INTO raw.commerce_events (load_id, line_number, event_id, user_id, event_type, event_at)
    VALUES (1, 1, 'a', 'u', 'view', '29/02/2024'), (1, 2, 'b', 'u', 'view', '30/02/2024');
    EXEC staging.load_all;
    EXEC tSQLt.AssertEmptyTable 'staging.stg_commerce_events';
    INSERT INTO catalog.source_timestamp_formats (source, timestamp_format)
    VALUES ('commerce_events', 'dd/MM/yyyy');

    EXEC staging.reprocess @source = 'commerce_events', @rule_name = 'bad_timestamp';

    SELECT
        f.fate,
        f.line_number
    INTO #actual
    FROM
    (
        SELECT 'staged' AS fate, s.line_number FROM staging.stg_commerce_events AS s
        UNION ALL
        SELECT 'quarantined' AS fate, q.line_number FROM staging.quarantine AS q
    ) AS f;
    SELECT TOP (0)
        a.fate,
        a.line_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (fate, line_number)
    VALUES ('staged', 1), ('quarantined', 2);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_reprocess.[test podcast events, users, episodes and profiles are tried again]
AS
BEGIN
    INSERT INTO raw.podcast_users (load_id, line_number, user_id, updated_at)
    VALUES (7, 1, 'u', '2024-01-01'), (7, 2, 'v', 'soon');
    INSERT INTO raw.podcast_episodes (load_id, line_number, episode_id, duration_seconds)
    VALUES (8, 1, 'e', '60'), (8, 2, 'f', 'long');
    INSERT INTO raw.podcast_events (load_id, line_number, user_id, episode_id, event_type, event_at)
    VALUES
        (6, 1, 'u', 'e', 'play', '2024-01-01'), (6, 2, 'v', 'e', 'play', '2024-01-01'),
        (6, 3, 'u', 'f', 'rewind', '2024-01-01'), (6, 4, 'u', 'e', 'play', '2024-01-01'),
        (6, 5, 'u', 'e', 'rewind', '2024-01-01');
    INSERT INTO raw.scrobble_users (load_id, line_number, user_id, age)
    VALUES (9, 1, 'u', '20'), (9, 2, 'v', 'old');
    EXEC staging.load_all;
    UPDATE raw.podcast_users SET updated_at = '2024-01-02' WHERE line_number = 2;
    UPDATE raw.podcast_episodes SET duration_seconds = '60' WHERE line_number = 2;
    UPDATE raw.scrobble_users SET age = '30' WHERE line_number = 2;
    INSERT INTO catalog.podcast_event_types (event_type) VALUES ('rewind');

    EXEC staging.reprocess @source = 'scrobble_users', @rule_name = NULL;
    EXEC staging.reprocess @source = 'podcast_users', @rule_name = NULL;
    EXEC staging.reprocess @source = 'podcast_episodes', @rule_name = 'bad_duration';
    EXEC staging.reprocess @source = 'podcast_events', @rule_name = 'unknown_event_type';

    SELECT
        f.fate,
        f.load_id,
        f.line_number
    INTO #actual
    FROM
    (
        SELECT 'staged' AS fate, s.load_id, s.line_number FROM staging.cleansed_podcast_events AS s
        UNION ALL
        SELECT 'staged' AS fate, u.load_id, u.line_number FROM staging.stg_podcast_users AS u
        UNION ALL
        SELECT 'staged' AS fate, e.load_id, e.line_number FROM staging.stg_podcast_episodes AS e
        UNION ALL
        SELECT 'staged' AS fate, p.load_id, p.line_number FROM staging.stg_scrobble_users AS p
        UNION ALL
        SELECT 'duplicate' AS fate, d.load_id, d.line_number FROM staging.duplicates AS d
        UNION ALL
        SELECT 'quarantined' AS fate, q.load_id, q.line_number FROM staging.quarantine AS q
    ) AS f;
    SELECT TOP (0)
        a.fate,
        a.load_id,
        a.line_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (fate, load_id, line_number)
    VALUES
        ('staged', 7, 1), ('staged', 7, 2), ('staged', 8, 1), ('staged', 8, 2), ('staged', 9, 1), ('staged', 9, 2),
        ('duplicate', 6, 1), ('staged', 6, 2), ('staged', 6, 3), ('staged', 6, 4), ('staged', 6, 5);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @violation_count int =
        (SELECT COUNT(*) FROM staging.validated_podcast_events AS v WHERE v.violations IS NOT NULL);
    EXEC tSQLt.AssertEquals 0, @violation_count;
END;
GO

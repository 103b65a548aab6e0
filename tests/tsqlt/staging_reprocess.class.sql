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
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'staging.scrobble_plays';
    EXEC tSQLt.FakeTable 'staging.stg_commerce_events';
    EXEC tSQLt.FakeTable 'staging.commerce_changed_days';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES (1, 'commerce_events', 'finished'), (2, 'scrobbles', 'finished'),
        (3, 'assignments', 'finished'), (4, 'events', 'finished'), (5, 'unit_attributes', 'finished');
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

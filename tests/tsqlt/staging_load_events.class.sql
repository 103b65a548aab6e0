/* staging.load_events: exposures and other events apart, latest version wins, what is in quarantine. */
EXEC tSQLt.NewTestClass 'staging_load_events';
GO
CREATE PROCEDURE staging_load_events.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES (1, 'events', 'finished'), (2, 'events', 'finished'), (3, 'events', 'loading');
END;
GO
CREATE PROCEDURE staging_load_events.[test a load without rows stages nothing and is marked as staged]
AS
BEGIN
    EXEC staging.load_events @load_id = 1;

    EXEC tSQLt.AssertEmptyTable 'staging.stg_conversion_events';
    EXEC tSQLt.AssertEmptyTable 'staging.stg_experiment_exposures';
    DECLARE @staged_count int =
        (SELECT COUNT(*) FROM ops.load_log AS l WHERE l.load_id = 1 AND l.staged_at IS NOT NULL);
    EXEC tSQLt.AssertEquals 1, @staged_count;
END;
GO
CREATE PROCEDURE staging_load_events.[test one event is trimmed, converted and staged]
AS
BEGIN
    INSERT INTO raw.events (load_id, line_number, event_id, unit_id, event_name, event_at, event_value, attributes)
    VALUES (1, 2, ' e1 ', ' u1', 'purchase ', '1767225600', ' 12.50 ', ' {"plan":"a"} ');

    EXEC staging.load_events @load_id = 1;

    SELECT
        c.event_id,
        c.unit_id,
        c.load_id,
        c.line_number,
        c.event_name,
        c.attributes,
        c.event_value,
        c.event_at
    INTO #actual
    FROM staging.stg_conversion_events AS c;
    SELECT TOP (0)
        a.event_id,
        a.unit_id,
        a.load_id,
        a.line_number,
        a.event_name,
        a.attributes,
        a.event_value,
        a.event_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_id, unit_id, load_id, line_number, event_name, attributes, event_value, event_at)
    VALUES ('e1', 'u1', 1, 2, 'purchase', '{"plan":"a"}', 12.5e0, CAST('2026-01-01T00:00:00' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'staging.stg_experiment_exposures';
END;
GO
CREATE PROCEDURE staging_load_events.[test an exposure is staged apart from the other events]
AS
BEGIN
    INSERT INTO raw.events (load_id, line_number, event_id, unit_id, event_name, event_at, experiment_id, variation_id)
    VALUES (1, 2, 'e1', 'u1', 'exposure', '2026-01-02T00:00:00Z', 'exp_1', 'control');

    EXEC staging.load_events @load_id = 1;

    SELECT
        x.event_id,
        x.experiment_id,
        x.unit_id,
        x.variation_id,
        x.exposed_at
    INTO #actual
    FROM staging.stg_experiment_exposures AS x;
    SELECT TOP (0)
        a.event_id,
        a.experiment_id,
        a.unit_id,
        a.variation_id,
        a.exposed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES ('e1', 'exp_1', 'u1', 'control', CAST('2026-01-02T00:00:00' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'staging.stg_conversion_events';
END;
GO
CREATE PROCEDURE staging_load_events.[test an event without a value keeps NULL]
AS
BEGIN
    INSERT INTO raw.events (load_id, line_number, event_id, unit_id, event_name, event_at, event_value, attributes)
    VALUES (1, 2, 'e1', 'u1', 'visit', '2026-01-02', '  ', NULL);

    EXEC staging.load_events @load_id = 1;

    SELECT
        c.event_id,
        c.event_value,
        c.attributes
    INTO #actual
    FROM staging.stg_conversion_events AS c;
    SELECT TOP (0)
        a.event_id,
        a.event_value,
        a.attributes
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_id, event_value, attributes)
    VALUES ('e1', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_events.[test NULL and unreadable fields are in quarantine, each with the first rule it breaks]
AS
BEGIN
    INSERT INTO raw.events
    (
        load_id, line_number, event_id, unit_id, event_name, event_at, event_value, experiment_id, variation_id,
        reject_rule
    )
    VALUES
        (1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (1, 2, 'e2', ' ', 'visit', '2026-01-02', NULL, NULL, NULL, NULL),
        (1, 3, 'e3', 'u3', '', '2026-01-02', NULL, NULL, NULL, NULL),
        (1, 4, 'e4', 'u4', 'exposure', '2026-01-02', NULL, NULL, 'control', NULL),
        (1, 5, 'e5', 'u5', 'exposure', '2026-01-02', NULL, 'exp_1', NULL, NULL),
        (1, 6, 'e6', 'u6', 'visit', 'yesterday', NULL, NULL, NULL, NULL),
        (1, 7, 'e7', 'u7', 'purchase', '2026-01-02', '12 EUR', NULL, NULL, NULL),
        (1, 8, 'e8', 'u8', 'visit', '2026-01-02', NULL, NULL, NULL, 'country=ZZ');

    EXEC staging.load_events @load_id = 1;

    SELECT
        q.line_number,
        q.rule_name,
        q.column_name,
        q.raw_value
    INTO #actual
    FROM staging.quarantine AS q;
    SELECT TOP (0)
        a.line_number,
        a.rule_name,
        a.column_name,
        a.raw_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, rule_name, column_name, raw_value)
    VALUES
        (1, 'missing_event_id', 'event_id', NULL),
        (2, 'missing_unit_id', 'unit_id', NULL),
        (3, 'missing_event_name', 'event_name', NULL),
        (4, 'missing_experiment_id', 'experiment_id', NULL),
        (5, 'missing_variation_id', 'variation_id', NULL),
        (6, 'bad_timestamp', 'event_at', 'yesterday'),
        (7, 'bad_number', 'event_value', '12 EUR'),
        (8, 'rejected_by_rule', NULL, 'country=ZZ');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'staging.stg_conversion_events';
    EXEC tSQLt.AssertEmptyTable 'staging.stg_experiment_exposures';
END;
GO
CREATE PROCEDURE staging_load_events.[test the latest version of an event wins within a load]
AS
BEGIN
    INSERT INTO raw.events (load_id, line_number, event_id, unit_id, event_name, event_at, event_value)
    VALUES
        (1, 1, 'e1', 'u1', 'purchase', '2026-01-03', '30'),
        (1, 2, 'e1', 'u1', 'purchase', '2026-01-02', '20');

    EXEC staging.load_events @load_id = 1;

    DECLARE @actual float = (SELECT c.event_value FROM staging.stg_conversion_events AS c);
    DECLARE @expected float = 30e0;
    EXEC tSQLt.AssertEquals @expected, @actual;
    DECLARE @lost bigint = (SELECT d.line_number FROM staging.duplicates AS d WHERE d.rule_name = 'older_version');
    DECLARE @expected_line bigint = 2;
    EXEC tSQLt.AssertEquals @expected_line, @lost;
END;
GO
CREATE PROCEDURE staging_load_events.[test of ties in time the later line wins]
AS
BEGIN
    INSERT INTO raw.events (load_id, line_number, event_id, unit_id, event_name, event_at, event_value)
    VALUES
        (1, 9, 'e1', 'u1', 'purchase', '2026-01-02', '9'),
        (1, 10, 'e1', 'u1', 'purchase', '2026-01-02', '10'),
        (1, 8, 'e1', 'u1', 'purchase', '2026-01-02', '8');

    EXEC staging.load_events @load_id = 1;

    DECLARE @actual float = (SELECT c.event_value FROM staging.stg_conversion_events AS c);
    DECLARE @expected float = 10e0;
    EXEC tSQLt.AssertEquals @expected, @actual;
    DECLARE @lost_count int = (SELECT COUNT(*) FROM staging.duplicates AS d WHERE d.kept_line_number = 10);
    EXEC tSQLt.AssertEquals 2, @lost_count;
END;
GO
CREATE PROCEDURE staging_load_events.[test a newer version in a later load takes the place of the staged one, also as an exposure]
AS
BEGIN
    INSERT INTO raw.events (load_id, line_number, event_id, unit_id, event_name, event_at, experiment_id, variation_id)
    VALUES
        (1, 1, 'e1', 'u1', 'visit', '2026-01-02', NULL, NULL),
        (1, 2, 'e2', 'u2', 'visit', '2026-01-09', NULL, NULL),
        (2, 1, 'e1', 'u1', 'exposure', '2026-01-03', 'exp_1', 'control'),
        (2, 2, 'e2', 'u2', 'visit', '2026-01-03', NULL, NULL);
    EXEC staging.load_events @load_id = 1;

    EXEC staging.load_events @load_id = 2;

    SELECT
        s.event_id,
        s.event_kind,
        s.load_id
    INTO #actual
    FROM
    (
        SELECT c.event_id, 'event' AS event_kind, c.load_id FROM staging.stg_conversion_events AS c
        UNION ALL
        SELECT x.event_id, 'exposure' AS event_kind, x.load_id FROM staging.stg_experiment_exposures AS x
    ) AS s;
    SELECT TOP (0)
        a.event_id,
        a.event_kind,
        a.load_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_id, event_kind, load_id)
    VALUES ('e1', 'exposure', 2), ('e2', 'event', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_events.[test an unfinished load is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException
        @ExpectedMessage = 'Load 3 is no finished load of events.',
        @ExpectedErrorNumber = 50011;

    EXEC staging.load_events @load_id = 3;
END;
GO

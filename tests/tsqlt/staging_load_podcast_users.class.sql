/* staging.load_podcast_users: rules, times of change, which line counts. */
EXEC tSQLt.NewTestClass 'staging_load_podcast_users';
GO
CREATE PROCEDURE staging_load_podcast_users.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.podcast_users';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_users';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    INSERT INTO ops.load_log (load_id, source, status, started_at)
    VALUES
        (1, 'podcast_users', 'finished', CAST('2024-02-29T12:00:00' AS datetime2(6))),
        (2, 'podcast_users', 'finished', CAST('2024-03-01' AS datetime2(6))),
        (3, 'podcast_users', 'loading', CAST('2024-03-02' AS datetime2(6)));
END;
GO
CREATE PROCEDURE staging_load_podcast_users.[test a load without rows stages nothing and is marked as staged]
AS
BEGIN
    EXEC staging.load_podcast_users @load_id = 1;

    EXEC tSQLt.AssertEmptyTable 'staging.stg_podcast_users';
    DECLARE @waiting int =
    (
        SELECT COUNT(*) FROM ops.load_log AS l WHERE l.load_id = 1 AND l.staged_at IS NULL
    );
    EXEC tSQLt.AssertEquals 0, @waiting;
END;
GO
CREATE PROCEDURE staging_load_podcast_users.[test an unfinished load is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException
        @ExpectedMessage = 'Load 3 is no finished load of podcast_users.',
        @ExpectedErrorNumber = 50012;
    EXEC staging.load_podcast_users @load_id = 3;
END;
GO
CREATE PROCEDURE staging_load_podcast_users.[test values are trimmed, what is empty is NULL, and a change without time is the load's]
AS
BEGIN
    INSERT INTO raw.podcast_users (load_id, line_number, user_id, country, plan_name, updated_at)
    VALUES
        (1, 1, ' u1 ', ' de ', ' Premium ', ' 2024-03-31T02:30:00+02:00 '), (1, 2, 'u2', '', NULL, ' ');

    EXEC staging.load_podcast_users @load_id = 1;

    SELECT
        s.user_id,
        s.country,
        s.plan_name,
        s.changed_at
    INTO #actual
    FROM staging.stg_podcast_users AS s;
    SELECT TOP (0)
        a.user_id,
        a.country,
        a.plan_name,
        a.changed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, country, plan_name, changed_at)
    VALUES
        ('u1', 'DE', 'premium', CAST('2024-03-31T00:30:00' AS datetime2(6))),
        ('u2', NULL, NULL, CAST('2024-02-29T12:00:00' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'staging.quarantine';
END;
GO
CREATE PROCEDURE staging_load_podcast_users.[test what breaks a rule is in quarantine with the first rule it breaks]
AS
BEGIN
    INSERT INTO raw.podcast_users (load_id, line_number, user_id, country, plan_name, updated_at, reject_rule)
    VALUES
        (1, 1, NULL, NULL, NULL, 'soon', 'a=b'), (1, 2, ' ', NULL, NULL, 'soon', NULL),
        (1, 3, 'u3', NULL, NULL, '2024-02-30', NULL), (1, 4, REPLICATE('u', 129), NULL, NULL, NULL, NULL),
        (1, 5, 'u5', REPLICATE('c', 65), NULL, NULL, NULL), (1, 6, 'u6', NULL, REPLICATE('p', 65), NULL, NULL),
        (1, 7, REPLICATE('u', 128), REPLICATE('c', 64), REPLICATE('p', 64), NULL, NULL);

    EXEC staging.load_podcast_users @load_id = 1;

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
        (1, 'rejected_by_rule', NULL, 'a=b'), (2, 'missing_user_id', 'user_id', NULL),
        (3, 'bad_timestamp', 'updated_at', '2024-02-30'), (4, 'too_long', NULL, NULL), (5, 'too_long', NULL, NULL),
        (6, 'too_long', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @staged int = (SELECT COUNT(*) FROM staging.stg_podcast_users AS s);
    EXEC tSQLt.AssertEquals 1, @staged;
END;
GO
CREATE PROCEDURE staging_load_podcast_users.[test of one version the last line of a load counts; another time or load is another version]
AS
BEGIN
    INSERT INTO raw.podcast_users (load_id, line_number, user_id, country, updated_at)
    VALUES
        (1, 1, 'k', 'a', '2024-01-01'), (1, 2, 'k', 'b', '2024-01-01T00:00:00Z'), (1, 3, 'k', 'c', '2024-01-31'),
        (1, 4, 'k', 'd', NULL), (1, 5, 'k', 'e', NULL), (2, 1, 'k', 'f', '2024-01-01');

    EXEC staging.load_podcast_users @load_id = 1;
    EXEC staging.load_podcast_users @load_id = 2;
    EXEC staging.load_podcast_users @load_id = 2;

    SELECT
        s.load_id,
        s.line_number,
        s.changed_at
    INTO #actual
    FROM staging.stg_podcast_users AS s;
    SELECT TOP (0)
        a.load_id,
        a.line_number,
        a.changed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (load_id, line_number, changed_at)
    VALUES
        (1, 2, CAST('2024-01-01' AS datetime2(6))), (1, 3, CAST('2024-01-31' AS datetime2(6))),
        (1, 5, CAST('2024-02-29T12:00:00' AS datetime2(6))), (2, 1, CAST('2024-01-01' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    SELECT
        d.load_id,
        d.line_number,
        d.kept_line_number
    INTO #actual_duplicates
    FROM staging.duplicates AS d;
    SELECT TOP (0)
        a.load_id,
        a.line_number,
        a.kept_line_number
    INTO #expected_duplicates
    FROM #actual_duplicates AS a;
    INSERT INTO #expected_duplicates (load_id, line_number, kept_line_number)
    VALUES (1, 1, 2), (1, 4, 5);
    EXEC tSQLt.AssertEqualsTable '#expected_duplicates', '#actual_duplicates';
END;
GO

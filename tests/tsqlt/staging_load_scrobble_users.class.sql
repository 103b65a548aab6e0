/* staging.load_scrobble_users: ages, dates, which profile of a user counts. */
EXEC tSQLt.NewTestClass 'staging_load_scrobble_users';
GO
CREATE PROCEDURE staging_load_scrobble_users.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.scrobble_users';
    EXEC tSQLt.FakeTable 'staging.stg_scrobble_users';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    EXEC tSQLt.FakeTable 'catalog.source_settings';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES
        (1, 'scrobble_users', 'finished'), (2, 'scrobble_users', 'finished'), (3, 'scrobble_users', 'loading'),
        (4, 'scrobbles', 'finished');
    INSERT INTO catalog.source_settings (source, setting_name, setting_value)
    VALUES ('scrobble_users', 'min_age', 5e0), ('scrobble_users', 'max_age', 100e0);
END;
GO
CREATE PROCEDURE staging_load_scrobble_users.[test a load without rows stages nothing and is marked as staged]
AS
BEGIN
    EXEC staging.load_scrobble_users @load_id = 1;

    EXEC tSQLt.AssertEmptyTable 'staging.stg_scrobble_users';
    DECLARE @waiting int =
    (
        SELECT COUNT(*) FROM ops.load_log AS l WHERE l.load_id = 1 AND l.staged_at IS NULL
    );
    EXEC tSQLt.AssertEquals 0, @waiting;
END;
GO
CREATE PROCEDURE staging_load_scrobble_users.[test an unfinished load is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException
        @ExpectedMessage = 'Load 3 is no finished load of scrobble_users.',
        @ExpectedErrorNumber = 50012;
    EXEC staging.load_scrobble_users @load_id = 3;
END;
GO
CREATE PROCEDURE staging_load_scrobble_users.[test a load of another source is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException @ExpectedErrorNumber = 50012;
    EXEC staging.load_scrobble_users @load_id = 4;
END;
GO
CREATE PROCEDURE staging_load_scrobble_users.[test a profile is trimmed, and what is empty is NULL]
AS
BEGIN
    INSERT INTO raw.scrobble_users (load_id, line_number, user_id, gender, age, country, registered_on)
    VALUES
        (1, 1, ' user_000001 ', ' m ', ' 27 ', ' Japan ', ' Aug 13, 2006 '), (1, 2, 'user_000002', '', ' ', NULL, '');

    EXEC staging.load_scrobble_users @load_id = 1;

    SELECT
        u.user_id,
        u.load_id,
        u.line_number,
        u.gender,
        u.country,
        u.age,
        u.registered_on
    INTO #actual
    FROM staging.stg_scrobble_users AS u;
    SELECT TOP (0)
        a.user_id,
        a.load_id,
        a.line_number,
        a.gender,
        a.country,
        a.age,
        a.registered_on
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, load_id, line_number, gender, country, age, registered_on)
    VALUES
        ('user_000001', 1, 1, 'm', 'Japan', 27, CAST('2006-08-13' AS date)),
        ('user_000002', 1, 2, NULL, NULL, NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'staging.quarantine';
END;
GO
CREATE PROCEDURE staging_load_scrobble_users.[test ages at the limits are ages, beyond them there is none]
AS
BEGIN
    INSERT INTO raw.scrobble_users (load_id, line_number, user_id, age)
    VALUES
        (1, 1, 'four', '4'), (1, 2, 'five', '5'), (1, 3, 'hundred', '100'), (1, 4, 'more', '101'), (1, 5, 'zero', '0'),
        (1, 6, 'digits', '999999999');

    EXEC staging.load_scrobble_users @load_id = 1;

    SELECT
        u.user_id,
        u.age
    INTO #actual
    FROM staging.stg_scrobble_users AS u;
    SELECT TOP (0)
        a.user_id,
        a.age
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, age)
    VALUES ('four', NULL), ('five', 5), ('hundred', 100), ('more', NULL), ('zero', NULL), ('digits', NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'staging.quarantine';
END;
GO
CREATE PROCEDURE staging_load_scrobble_users.[test dates of every month, with one digit, leap days and month ends]
AS
BEGIN
    INSERT INTO raw.scrobble_users (load_id, line_number, user_id, registered_on)
    VALUES
        (1, 1, '01', 'Jan 31, 2005'), (1, 2, '02', 'Feb 29, 2008'), (1, 3, '03', 'Mar 1, 2009'),
        (1, 4, '04', 'Apr 30, 2005'), (1, 5, '05', 'May 9, 2005'), (1, 6, '06', 'Jun 10, 2005'),
        (1, 7, '07', 'Jul 4, 2005'), (1, 8, '08', 'Aug 31, 2005'), (1, 9, '09', 'Sep 30, 2005'),
        (1, 10, '10', 'Oct 1, 2005'), (1, 11, '11', 'Nov 11, 2005'), (1, 12, '12', 'Dec 31, 2005'),
        (1, 13, 'iso', '2008-02-29'), (1, 14, 'no leap year', 'Feb 29, 2007'), (1, 15, 'iso too', '2007-02-29'),
        (1, 16, 'day 31', 'Apr 31, 2005'), (1, 17, 'no month', 'Anj 1, 2005'), (1, 18, 'lower', 'jan 1, 2005'),
        (1, 19, 'no comma', 'Jan 1 2005'), (1, 20, 'a number', '12345'), (1, 21, 'day 0', 'Jan 0, 2005');

    EXEC staging.load_scrobble_users @load_id = 1;

    SELECT
        u.user_id,
        u.registered_on
    INTO #actual
    FROM staging.stg_scrobble_users AS u;
    SELECT TOP (0)
        a.user_id,
        a.registered_on
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, registered_on)
    VALUES
        ('01', CAST('2005-01-31' AS date)), ('02', CAST('2008-02-29' AS date)), ('03', CAST('2009-03-01' AS date)),
        ('04', CAST('2005-04-30' AS date)), ('05', CAST('2005-05-09' AS date)), ('06', CAST('2005-06-10' AS date)),
        ('07', CAST('2005-07-04' AS date)), ('08', CAST('2005-08-31' AS date)), ('09', CAST('2005-09-30' AS date)),
        ('10', CAST('2005-10-01' AS date)), ('11', CAST('2005-11-11' AS date)), ('12', CAST('2005-12-31' AS date)),
        ('iso', CAST('2008-02-29' AS date));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @quarantined int =
    (
        SELECT COUNT(*)
        FROM staging.quarantine AS q
        WHERE q.rule_name = 'bad_date' AND q.column_name = 'registered_on' AND q.line_number >= 14
    );
    EXEC tSQLt.AssertEquals 8, @quarantined;
END;
GO
CREATE PROCEDURE staging_load_scrobble_users.[test what breaks a rule is in quarantine with the first rule it breaks]
AS
BEGIN
    INSERT INTO raw.scrobble_users (load_id, line_number, user_id, gender, age, country, registered_on, reject_rule)
    VALUES
        (1, 1, NULL, NULL, 'old', NULL, NULL, 'a=b'), (1, 2, ' ', NULL, 'old', NULL, NULL, NULL),
        (1, 3, 'u3', NULL, '-1', NULL, 'soon', NULL), (1, 4, 'u4', NULL, '27.5', NULL, NULL, NULL),
        (1, 5, 'u5', NULL, NULL, NULL, 'soon', NULL), (1, 6, REPLICATE('u', 129), NULL, NULL, NULL, NULL, NULL),
        (1, 7, 'u7', REPLICATE('g', 17), NULL, NULL, NULL, NULL),
        (1, 8, 'u8', NULL, NULL, REPLICATE('c', 129), NULL, NULL),
        (1, 9, REPLICATE('u', 128), REPLICATE('g', 16), NULL, REPLICATE('c', 128), NULL, NULL);

    EXEC staging.load_scrobble_users @load_id = 1;

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
        (1, 'rejected_by_rule', NULL, 'a=b'), (2, 'missing_user_id', 'user_id', NULL), (3, 'bad_age', 'age', '-1'),
        (4, 'bad_age', 'age', '27.5'), (5, 'bad_date', 'registered_on', 'soon'), (6, 'too_long', NULL, NULL),
        (7, 'too_long', NULL, NULL), (8, 'too_long', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @staged int = (SELECT COUNT(*) FROM staging.stg_scrobble_users AS u WHERE u.line_number = 9);
    EXEC tSQLt.AssertEquals 1, @staged;
END;
GO
CREATE PROCEDURE staging_load_scrobble_users.[test the latest load and line of a user counts, and staging again changes nothing]
AS
BEGIN
    INSERT INTO raw.scrobble_users (load_id, line_number, user_id, country)
    VALUES
        (1, 1, 'u', 'DE'), (1, 2, 'u', 'FR'), (1, 3, 'v', 'AT'), (2, 1, 'u', 'JP'), (2, 2, 'w', NULL);

    EXEC staging.load_scrobble_users @load_id = 1;
    EXEC staging.load_scrobble_users @load_id = 2;
    EXEC staging.load_scrobble_users @load_id = 2;

    SELECT
        u.user_id,
        u.country,
        d.line_count
    INTO #actual
    FROM staging.stg_scrobble_users AS u
    LEFT JOIN
    (
        SELECT d.key_value, COUNT_BIG(*) AS line_count FROM staging.duplicates AS d GROUP BY d.key_value
    ) AS d
        ON d.key_value = u.user_id;
    SELECT TOP (0)
        a.user_id,
        a.country,
        a.line_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, country, line_count)
    VALUES ('u', 'JP', 2), ('v', 'AT', NULL), ('w', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

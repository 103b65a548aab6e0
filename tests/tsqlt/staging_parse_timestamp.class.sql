/* staging.parse_timestamp: which texts are times, and which UTC time each one is. */
EXEC tSQLt.NewTestClass 'staging_parse_timestamp';
GO
CREATE PROCEDURE staging_parse_timestamp.[test no rows give no rows]
AS
BEGIN
    SELECT
        p.parsed_at
    INTO #actual
    FROM (VALUES ('2026-01-02')) AS s (sample_text)
    CROSS APPLY staging.parse_timestamp(s.sample_text, '0000-00-00') AS p
    WHERE s.sample_text = 'none';

    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE staging_parse_timestamp.[test a date alone is midnight]
AS
BEGIN
    DECLARE @actual datetime2(6);

    SELECT @actual = p.parsed_at FROM staging.parse_timestamp('2026-01-02', '0000-00-00') AS p;

    DECLARE @expected datetime2(6) = CAST('2026-01-02T00:00:00' AS datetime2(6));
    EXEC tSQLt.AssertEquals @expected, @actual;
END;
GO
CREATE PROCEDURE staging_parse_timestamp.[test NULL and an empty text are no time]
AS
BEGIN
    SELECT
        p.parsed_at
    INTO #actual
    FROM (VALUES (CAST(NULL AS varchar(10))), ('')) AS s (sample_text)
    CROSS APPLY staging.parse_timestamp(s.sample_text, s.sample_text) AS p;

    SELECT TOP (0)
        a.parsed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (parsed_at)
    VALUES (NULL), (NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_parse_timestamp.[test the same text twice is the same time twice]
AS
BEGIN
    SELECT
        p.parsed_at
    INTO #actual
    FROM (VALUES ('2026-01-02'), ('2026-01-02')) AS s (sample_text)
    CROSS APPLY staging.parse_timestamp(s.sample_text, '0000-00-00') AS p;

    SELECT TOP (0)
        a.parsed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (parsed_at)
    VALUES (CAST('2026-01-02T00:00:00' AS datetime2(6))), (CAST('2026-01-02T00:00:00' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_parse_timestamp.[test Z, an offset and no zone become UTC]
AS
BEGIN
    SELECT
        s.sample_text,
        p.parsed_at
    INTO #actual
    FROM
    (
        VALUES
            ('2026-01-02T03:04:05'), ('2026-01-02 03:04:05'), ('2026-01-02T03:04:05Z'), ('2026-01-02T03:04:05+02:00'),
            ('2026-01-01T23:30:00-01:00'), ('2026-01-02T03:04:05.5+05:30')
    ) AS s (sample_text)
    CROSS APPLY (SELECT TRANSLATE(s.sample_text, '123456789', '000000000') AS shape) AS f
    CROSS APPLY staging.parse_timestamp(s.sample_text, f.shape) AS p;

    SELECT TOP (0)
        a.sample_text,
        a.parsed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (sample_text, parsed_at)
    VALUES
        ('2026-01-02T03:04:05', CAST('2026-01-02T03:04:05' AS datetime2(6))),
        ('2026-01-02 03:04:05', CAST('2026-01-02T03:04:05' AS datetime2(6))),
        ('2026-01-02T03:04:05Z', CAST('2026-01-02T03:04:05' AS datetime2(6))),
        ('2026-01-02T03:04:05+02:00', CAST('2026-01-02T01:04:05' AS datetime2(6))),
        ('2026-01-01T23:30:00-01:00', CAST('2026-01-02T00:30:00' AS datetime2(6))),
        ('2026-01-02T03:04:05.5+05:30', CAST('2026-01-01T21:34:05.5' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_parse_timestamp.[test fractions are kept to the microsecond, the seventh digit dropped]
AS
BEGIN
    SELECT
        s.sample_text,
        p.parsed_at
    INTO #actual
    FROM
    (
        VALUES
            ('2026-01-02T03:04:05.1'), ('2026-01-02T03:04:05.123456Z'), ('2026-01-02T03:04:05.1234569'),
            ('2026-01-02T03:04:59.9999999Z')
    ) AS s (sample_text)
    CROSS APPLY (SELECT TRANSLATE(s.sample_text, '123456789', '000000000') AS shape) AS f
    CROSS APPLY staging.parse_timestamp(s.sample_text, f.shape) AS p;

    SELECT TOP (0)
        a.sample_text,
        a.parsed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (sample_text, parsed_at)
    VALUES
        ('2026-01-02T03:04:05.1', CAST('2026-01-02T03:04:05.100000' AS datetime2(6))),
        ('2026-01-02T03:04:05.123456Z', CAST('2026-01-02T03:04:05.123456' AS datetime2(6))),
        ('2026-01-02T03:04:05.1234569', CAST('2026-01-02T03:04:05.123456' AS datetime2(6))),
        ('2026-01-02T03:04:59.9999999Z', CAST('2026-01-02T03:04:59.999999' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_parse_timestamp.[test ten digits are epoch seconds, thirteen are milliseconds]
AS
BEGIN
    SELECT
        s.sample_text,
        p.parsed_at
    INTO #actual
    FROM (VALUES ('1767225600'), ('1767225600123'), ('0000000000')) AS s (sample_text)
    CROSS APPLY (SELECT TRANSLATE(s.sample_text, '123456789', '000000000') AS shape) AS f
    CROSS APPLY staging.parse_timestamp(s.sample_text, f.shape) AS p;

    SELECT TOP (0)
        a.sample_text,
        a.parsed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (sample_text, parsed_at)
    VALUES
        ('1767225600', CAST('2026-01-01T00:00:00' AS datetime2(6))),
        ('1767225600123', CAST('2026-01-01T00:00:00.123' AS datetime2(6))),
        ('0000000000', CAST('1970-01-01T00:00:00' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_parse_timestamp.[test what is no time is NULL, never 1900]
AS
BEGIN
    SELECT
        s.sample_text
    INTO #actual
    FROM
    (
        VALUES
            ('12:30'), ('-'), ('03/04/2024'), ('2026-13-01'), ('2026-02-30T00:00:00Z'), ('2026-01-02T25:00:00'),
            ('20260102'), ('176722560'), ('2026-01-02T03:04:05.'), ('2026-01-02T03:04:05.Z'),
            ('2026-01-02T03:04:05.12345678'), ('2026-01-02T03:04:05+2:00'), ('2026-01-02T03:04'), ('Jan 2 2026'),
            ('2026-01-02T03:04:05 UTC')
    ) AS s (sample_text)
    CROSS APPLY (SELECT TRANSLATE(s.sample_text, '123456789', '000000000') AS shape) AS f
    CROSS APPLY staging.parse_timestamp(s.sample_text, f.shape) AS p
    WHERE p.parsed_at IS NOT NULL;

    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO

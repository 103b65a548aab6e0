/* quality.data_tests and quality.data_test_rows: all areas together, and at most a hundred rows of a test. */
EXEC tSQLt.NewTestClass 'quality_data_test_rows';
GO
CREATE PROCEDURE quality_data_test_rows.[test every area's tests are in the view of all, under names of their own]
AS
BEGIN
    DECLARE @listed int = (SELECT COUNT(DISTINCT t.test_name) FROM quality.data_tests AS t);
    DECLARE @rows int = (SELECT COUNT(*) FROM quality.data_tests AS t WHERE t.severity IN ('error', 'warning'));

    EXEC tSQLt.AssertEquals 175, @listed;
    EXEC tSQLt.AssertEquals @listed, @rows;
END;
GO
CREATE PROCEDURE quality_data_test_rows.[test every foreign key of the catalog has a data test of its name]
AS
BEGIN
    SELECT k.name
    INTO #untested
    FROM sys.foreign_keys AS k
    INNER JOIN sys.schemas AS s
        ON s.schema_id = k.schema_id
    WHERE s.name = 'catalog'
        AND NOT EXISTS
        (
            SELECT 1
            FROM quality.data_tests AS t
            WHERE t.test_name = k.name AND t.severity = 'error'
        );
    DECLARE @key_count int = (SELECT COUNT(*) FROM sys.foreign_keys AS k);

    EXEC tSQLt.AssertEmptyTable '#untested';
    EXEC tSQLt.AssertNotEquals 0, @key_count;
END;
GO
CREATE PROCEDURE quality_data_test_rows.[test a hundred rows are shown of a hundred and one]
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.holdouts';
    INSERT INTO catalog.holdouts (holdout_id, salt, bucket_count, start_at)
    SELECT CONCAT('h', 100 + 10 * a.digit + b.digit), 's', -1, CAST('2026-01-01' AS datetime2(6))
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit)
    WHERE 10 * a.digit + b.digit <= 100;

    SELECT
        t.offending_rows,
        r.row_count,
        r.first_key,
        r.last_key
    INTO #actual
    FROM quality.data_tests AS t
    INNER JOIN
    (
        SELECT
            o.test_name,
            COUNT_BIG(*) AS row_count,
            MIN(o.offending_key) AS first_key,
            MAX(o.offending_key) AS last_key
        FROM quality.data_test_rows AS o
        GROUP BY o.test_name
    ) AS r
        ON r.test_name = t.test_name
    WHERE t.test_name = 'holdout_range';

    SELECT TOP (0)
        a.offending_rows,
        a.row_count,
        a.first_key,
        a.last_key
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (offending_rows, row_count, first_key, last_key)
    VALUES (101, 100, 'h100', 'h199');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

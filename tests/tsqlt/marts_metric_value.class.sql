/* marts.metric_value: a unit's value by type and aggregation. */
EXEC tSQLt.NewTestClass 'marts_metric_value';
GO
CREATE PROCEDURE marts_metric_value.[test no rows give no rows]
AS
BEGIN
    SELECT
        y.metric_value
    INTO #actual
    FROM (VALUES (CAST(1 AS bigint))) AS s (event_count)
    CROSS APPLY marts.metric_value('mean', 'count', 1e0, s.event_count, 0, NULL, NULL, NULL) AS y
    WHERE s.event_count = 0;

    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test one unit with events: each aggregation of a mean]
AS
BEGIN
    SELECT
        s.aggregation,
        ROUND(y.metric_value, 9) AS metric_value
    INTO #actual
    FROM (VALUES ('count'), ('sum'), ('min'), ('max'), ('avg'), ('other')) AS s (aggregation)
    CROSS APPLY marts.metric_value
    (
        'mean', s.aggregation, 1e0, CAST(5 AS bigint), CAST(4 AS bigint), 10e0, -1e0, 7e0
    ) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, metric_value)
    VALUES ('count', 5e0), ('sum', 10e0), ('min', -1e0), ('max', 7e0), ('avg', 2.5e0), ('other', NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test without values a sum is 0, a min, max or average is NULL]
AS
BEGIN
    SELECT
        s.aggregation,
        y.metric_value
    INTO #actual
    FROM (VALUES ('count'), ('sum'), ('min'), ('max'), ('avg')) AS s (aggregation)
    CROSS APPLY marts.metric_value
    (
        'mean', s.aggregation, 1e0, CAST(2 AS bigint), CAST(0 AS bigint), NULL, NULL, NULL
    ) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, metric_value)
    VALUES ('count', 2e0), ('sum', 0e0), ('min', NULL), ('max', NULL), ('avg', NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test ties with the threshold are successes of a proportion]
AS
BEGIN
    SELECT
        s.aggregation,
        s.threshold,
        y.metric_value
    INTO #actual
    FROM
    (
        VALUES ('count', 2e0), ('count', 3e0), ('sum', 5e0), ('sum', 5.5e0), ('max', 4e0), ('min', 2e0), ('avg', 2.5e0)
    ) AS s (aggregation, threshold)
    CROSS APPLY marts.metric_value
    (
        'proportion', s.aggregation, s.threshold, CAST(2 AS bigint), CAST(2 AS bigint), 5e0, 1e0, 4e0
    ) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.threshold,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, threshold, metric_value)
    VALUES
        ('count', 2e0, 1e0), ('count', 3e0, 0e0), ('sum', 5e0, 1e0), ('sum', 5.5e0, 0e0), ('max', 4e0, 1e0),
        ('min', 2e0, 0e0), ('avg', 2.5e0, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test a proportion of values is NULL where there is no value, of counts it is 0]
AS
BEGIN
    SELECT
        s.aggregation,
        y.metric_value
    INTO #actual
    FROM (VALUES ('count'), ('sum'), ('min'), ('max'), ('avg')) AS s (aggregation)
    CROSS APPLY marts.metric_value
    (
        'proportion', s.aggregation, 1e0, CAST(0 AS bigint), CAST(0 AS bigint), NULL, NULL, NULL
    ) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, metric_value)
    VALUES ('count', 0e0), ('sum', 0e0), ('min', NULL), ('max', NULL), ('avg', NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

/* marts.unit_aggregate and marts.metric_value: what a unit gives to a part, by aggregation, threshold and cap. */
EXEC tSQLt.NewTestClass 'marts_metric_value';
GO
CREATE PROCEDURE marts_metric_value.[test no rows give no rows]
AS
BEGIN
    SELECT
        y.metric_value
    INTO #actual
    FROM (VALUES (CAST(1 AS bigint))) AS s (event_count)
    CROSS APPLY marts.unit_aggregate
    (
        'count', s.event_count, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    ) AS q
    CROSS APPLY marts.metric_value(q.aggregate_value, NULL, NULL, NULL) AS y
    WHERE s.event_count = 0;

    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test one unit with events: each aggregation]
AS
BEGIN
    SELECT
        s.aggregation,
        ROUND(y.raw_value, 9) AS raw_value,
        ROUND(y.metric_value, 9) AS metric_value
    INTO #actual
    FROM
    (
        VALUES
            ('count'), ('value_count'), ('sum'), ('min'), ('max'), ('avg'), ('distinct_values'), ('distinct_days'),
            ('first_time'), ('other')
    ) AS s (aggregation)
    CROSS APPLY marts.unit_aggregate
    (
        s.aggregation, CAST(5 AS bigint), CAST(4 AS bigint), CAST(3 AS bigint), CAST(2 AS bigint), 10e0, -1e0,
        7e0, CAST('2024-01-01T00:00:00' AS datetime2(6)), CAST('2024-01-01T01:30:00' AS datetime2(6))
    ) AS q
    CROSS APPLY marts.metric_value(q.aggregate_value, NULL, NULL, NULL) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.raw_value,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, raw_value, metric_value)
    VALUES
        ('count', 5e0, 5e0), ('value_count', 4e0, 4e0), ('sum', 10e0, 10e0), ('min', -1e0, -1e0), ('max', 7e0, 7e0),
        ('avg', 2.5e0, 2.5e0), ('distinct_values', 3e0, 3e0), ('distinct_days', 2e0, 2e0), ('first_time', 1.5e0, 1.5e0),
        ('other', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test without values a sum is 0, a min, max or average is NULL]
AS
BEGIN
    SELECT
        s.aggregation,
        ROUND(y.raw_value, 9) AS raw_value,
        ROUND(y.metric_value, 9) AS metric_value
    INTO #actual
    FROM
    (
        VALUES
            ('count'), ('value_count'), ('sum'), ('min'), ('max'), ('avg')
    ) AS s (aggregation)
    CROSS APPLY marts.unit_aggregate
    (
        s.aggregation, CAST(2 AS bigint), CAST(0 AS bigint), NULL, NULL, NULL, NULL, NULL,
        CAST('2024-01-01T00:00:00' AS datetime2(6)), CAST('2024-01-01T01:30:00' AS datetime2(6))
    ) AS q
    CROSS APPLY marts.metric_value(q.aggregate_value, NULL, NULL, NULL) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.raw_value,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, raw_value, metric_value)
    VALUES
        ('count', 2e0, 2e0), ('value_count', 0e0, 0e0), ('sum', 0e0, 0e0), ('min', NULL, NULL), ('max', NULL, NULL),
        ('avg', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test a tie with the threshold is a success]
AS
BEGIN
    SELECT
        s.aggregation,
        ROUND(y.raw_value, 9) AS raw_value,
        ROUND(y.metric_value, 9) AS metric_value
    INTO #actual
    FROM
    (
        VALUES
            ('count', 2e0), ('count', 3e0), ('sum', 5e0), ('sum', 5.5e0), ('max', 4e0), ('min', 2e0), ('avg', 2.5e0)
    ) AS s (aggregation, threshold)
    CROSS APPLY marts.unit_aggregate
    (
        s.aggregation, CAST(2 AS bigint), CAST(2 AS bigint), NULL, NULL, 5e0, 1e0, 4e0,
        CAST('2024-01-01T00:00:00' AS datetime2(6)), CAST('2024-01-01T00:00:00' AS datetime2(6))
    ) AS q
    CROSS APPLY marts.metric_value(q.aggregate_value, s.threshold, NULL, NULL) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.raw_value,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, raw_value, metric_value)
    VALUES
        ('count', 1e0, 1e0), ('count', 0e0, 0e0), ('sum', 1e0, 1e0), ('sum', 0e0, 0e0), ('max', 1e0, 1e0),
        ('min', 0e0, 0e0), ('avg', 1e0, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test a proportion of values is NULL where there is no value, of counts it is 0]
AS
BEGIN
    SELECT
        s.aggregation,
        ROUND(y.raw_value, 9) AS raw_value,
        ROUND(y.metric_value, 9) AS metric_value
    INTO #actual
    FROM
    (
        VALUES
            ('count'), ('sum'), ('min'), ('max'), ('avg')
    ) AS s (aggregation)
    CROSS APPLY marts.unit_aggregate
    (
        s.aggregation, CAST(0 AS bigint), CAST(0 AS bigint), NULL, NULL, NULL, NULL, NULL,
        CAST('2024-01-01T00:00:00' AS datetime2(6)), CAST('2024-01-01T00:00:00' AS datetime2(6))
    ) AS q
    CROSS APPLY marts.metric_value(q.aggregate_value, 1e0, NULL, NULL) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.raw_value,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, raw_value, metric_value)
    VALUES
        ('count', 0e0, 0e0), ('sum', 0e0, 0e0), ('min', NULL, NULL), ('max', NULL, NULL), ('avg', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_metric_value.[test a cap holds the value from both sides and leaves the bounds]
AS
BEGIN
    SELECT
        s.aggregation,
        ROUND(y.raw_value, 9) AS raw_value,
        ROUND(y.metric_value, 9) AS metric_value
    INTO #actual
    FROM
    (
        VALUES
            ('below', -5e0), ('at the lower', -2e0), ('between', 1e0), ('at the upper', 8e0), ('above', 9e0)
    ) AS s (aggregation, sum_value)
    CROSS APPLY marts.unit_aggregate
    (
        'sum', CAST(1 AS bigint), CAST(1 AS bigint), NULL, NULL, s.sum_value, NULL, NULL,
        CAST('2024-01-01T00:00:00' AS datetime2(6)), CAST('2024-01-01T00:00:00' AS datetime2(6))
    ) AS q
    CROSS APPLY marts.metric_value(q.aggregate_value, NULL, -2e0, 8e0) AS y;

    SELECT TOP (0)
        a.aggregation,
        a.raw_value,
        a.metric_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (aggregation, raw_value, metric_value)
    VALUES
        ('below', -5e0, -2e0), ('at the lower', -2e0, -2e0), ('between', 1e0, 1e0), ('at the upper', 8e0, 8e0),
        ('above', 9e0, 8e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

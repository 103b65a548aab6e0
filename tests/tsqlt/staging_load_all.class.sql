/* staging.load_all: which loads it stages. The procedures that it calls are spied upon. */
EXEC tSQLt.NewTestClass 'staging_load_all';
GO
CREATE PROCEDURE staging_load_all.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.SpyProcedure 'staging.load_assignments';
    EXEC tSQLt.SpyProcedure 'staging.load_events';
END;
GO
CREATE PROCEDURE staging_load_all.[test an empty log calls nothing]
AS
BEGIN
    EXEC staging.load_all;

    EXEC tSQLt.AssertEmptyTable 'staging.load_assignments_SpyProcedureLog';
    EXEC tSQLt.AssertEmptyTable 'staging.load_events_SpyProcedureLog';
END;
GO
CREATE PROCEDURE staging_load_all.[test each finished load goes once to the procedure of its source, oldest first]
AS
BEGIN
    INSERT INTO ops.load_log (load_id, source, status, staged_at)
    VALUES
        (5, 'events', 'finished', NULL), (2, 'assignments', 'finished', NULL), (3, 'events', 'finished', NULL),
        (4, 'events', 'loading', NULL), (1, 'assignments', 'finished', CAST('2026-01-01' AS datetime2(6)));

    EXEC staging.load_all;

    SELECT
        s.source,
        s._id_,
        s.load_id
    INTO #actual
    FROM
    (
        SELECT 'assignments' AS source, a._id_, a.load_id FROM staging.load_assignments_SpyProcedureLog AS a
        UNION ALL
        SELECT 'events' AS source, e._id_, e.load_id FROM staging.load_events_SpyProcedureLog AS e
    ) AS s;
    SELECT TOP (0)
        a.source,
        a._id_,
        a.load_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (source, _id_, load_id)
    VALUES ('assignments', 1, 2), ('events', 1, 3), ('events', 2, 5);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

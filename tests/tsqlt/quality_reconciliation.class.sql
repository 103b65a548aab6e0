/* quality.reconciliation: what became of the lines of each load. */
EXEC tSQLt.NewTestClass 'quality_reconciliation';
GO
CREATE PROCEDURE quality_reconciliation.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.assignments';
    EXEC tSQLt.FakeTable 'raw.events';
    EXEC tSQLt.FakeTable 'raw.rejected_lines';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    EXEC tSQLt.FakeTable 'staging.quarantine';
END;
GO
CREATE PROCEDURE quality_reconciliation.[test no loads give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'quality.reconciliation';
END;
GO
CREATE PROCEDURE quality_reconciliation.[test one load with every fate of a line adds up]
AS
BEGIN
    INSERT INTO ops.load_log (load_id, source, file_name, line_count, landed_count, staged_at, status)
    VALUES (7, 'events', 'e.csv', 6, 5, CAST('2026-01-02' AS datetime2(6)), 'finished');
    INSERT INTO raw.events (load_id, line_number)
    VALUES (7, 1), (7, 2), (7, 3), (7, 4), (7, 5);
    INSERT INTO raw.rejected_lines (load_id, line_number)
    VALUES (7, 6);
    INSERT INTO staging.stg_experiment_exposures (event_id, load_id)
    VALUES ('e1', 7);
    INSERT INTO staging.stg_conversion_events (event_id, load_id)
    VALUES ('e2', 7), ('e3', 7);
    INSERT INTO staging.duplicates (load_id, line_number)
    VALUES (7, 4);
    INSERT INTO staging.quarantine (load_id, line_number)
    VALUES (7, 5);

    SELECT
        r.load_id,
        r.source,
        r.file_name,
        r.line_count,
        r.landed_count,
        r.rejected_count,
        r.raw_count,
        r.staged_count,
        r.duplicate_count,
        r.quarantined_count,
        r.difference,
        r.is_balanced
    INTO #actual
    FROM quality.reconciliation AS r;

    SELECT TOP (0)
        a.load_id,
        a.source,
        a.file_name,
        a.line_count,
        a.landed_count,
        a.rejected_count,
        a.raw_count,
        a.staged_count,
        a.duplicate_count,
        a.quarantined_count,
        a.difference,
        a.is_balanced
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        load_id, source, file_name, line_count, landed_count, rejected_count, raw_count, staged_count, duplicate_count,
        quarantined_count, difference, is_balanced
    )
    VALUES (7, 'events', 'e.csv', 6, 5, 1, 5, 3, 1, 1, 0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_reconciliation.[test a load without lines is balanced, its counts 0 and not NULL]
AS
BEGIN
    INSERT INTO ops.load_log (load_id, source, file_name, line_count, landed_count, staged_at, status)
    VALUES (7, 'assignments', 'a.csv', 0, 0, CAST('2026-01-02' AS datetime2(6)), 'finished');

    SELECT
        r.rejected_count,
        r.raw_count,
        r.staged_count,
        r.duplicate_count,
        r.quarantined_count,
        r.difference,
        r.is_balanced
    INTO #actual
    FROM quality.reconciliation AS r;

    SELECT TOP (0)
        a.rejected_count,
        a.raw_count,
        a.staged_count,
        a.duplicate_count,
        a.quarantined_count,
        a.difference,
        a.is_balanced
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (rejected_count, raw_count, staged_count, duplicate_count, quarantined_count, difference, is_balanced)
    VALUES (0, 0, 0, 0, 0, 0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_reconciliation.[test a line that went missing in staging is a difference]
AS
BEGIN
    INSERT INTO ops.load_log (load_id, source, line_count, landed_count, staged_at, status)
    VALUES (7, 'assignments', 2, 2, CAST('2026-01-02' AS datetime2(6)), 'finished');
    INSERT INTO raw.assignments (load_id, line_number)
    VALUES (7, 1), (7, 2);
    INSERT INTO staging.stg_experiment_assignments (unit_id, load_id)
    VALUES ('u1', 7);

    DECLARE @difference bigint;
    DECLARE @is_balanced int;
    SELECT @difference = r.difference, @is_balanced = r.is_balanced FROM quality.reconciliation AS r;

    EXEC tSQLt.AssertEquals 1, @difference;
    EXEC tSQLt.AssertEquals 0, @is_balanced;
END;
GO
CREATE PROCEDURE quality_reconciliation.[test lines that neither landed nor were rejected are no balance]
AS
BEGIN
    INSERT INTO ops.load_log (load_id, source, line_count, landed_count, staged_at, status)
    VALUES
        (1, 'assignments', 3, 2, CAST('2026-01-02' AS datetime2(6)), 'finished'),
        (2, 'assignments', 1, 1, CAST('2026-01-02' AS datetime2(6)), 'finished');
    INSERT INTO raw.assignments (load_id, line_number)
    VALUES (1, 1), (1, 2);
    INSERT INTO staging.stg_experiment_assignments (unit_id, load_id)
    VALUES ('u1', 1), ('u2', 1);

    SELECT
        r.load_id,
        r.is_balanced
    INTO #actual
    FROM quality.reconciliation AS r;

    SELECT TOP (0)
        a.load_id,
        a.is_balanced
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (load_id, is_balanced)
    VALUES (1, 0), (2, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_reconciliation.[test a load that is not staged yet is balanced by what landed, one that is unfinished is not listed]
AS
BEGIN
    INSERT INTO ops.load_log (load_id, source, line_count, landed_count, staged_at, status)
    VALUES (1, 'assignments', 1, 1, NULL, 'finished'), (2, 'assignments', NULL, NULL, NULL, 'loading');
    INSERT INTO raw.assignments (load_id, line_number)
    VALUES (1, 1), (2, 1);

    SELECT
        r.load_id,
        r.staged_count,
        r.is_balanced,
        r.staged_at
    INTO #actual
    FROM quality.reconciliation AS r;

    SELECT TOP (0)
        a.load_id,
        a.staged_count,
        a.is_balanced,
        a.staged_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (load_id, staged_count, is_balanced, staged_at)
    VALUES (1, 0, 1, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_reconciliation.[test ties: two loads with the same lines are counted apart]
AS
BEGIN
    INSERT INTO ops.load_log (load_id, source, line_count, landed_count, staged_at, status)
    VALUES
        (1, 'assignments', 1, 1, CAST('2026-01-02' AS datetime2(6)), 'finished'),
        (2, 'assignments', 1, 1, CAST('2026-01-02' AS datetime2(6)), 'finished');
    INSERT INTO raw.assignments (load_id, line_number)
    VALUES (1, 1), (2, 1);
    INSERT INTO staging.stg_experiment_assignments (unit_id, load_id)
    VALUES ('u1', 1);
    INSERT INTO staging.duplicates (load_id, line_number)
    VALUES (2, 1);

    SELECT
        r.load_id,
        r.staged_count,
        r.duplicate_count,
        r.is_balanced
    INTO #actual
    FROM quality.reconciliation AS r;

    SELECT TOP (0)
        a.load_id,
        a.staged_count,
        a.duplicate_count,
        a.is_balanced
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (load_id, staged_count, duplicate_count, is_balanced)
    VALUES (1, 1, 0, 1), (2, 0, 1, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

/* staging.load_assignments: the canonical assignment, what is in quarantine, what is a duplicate. */
EXEC tSQLt.NewTestClass 'staging_load_assignments';
GO
CREATE PROCEDURE staging_load_assignments.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES
        (1, 'assignments', 'finished'),
        (2, 'assignments', 'finished'),
        (3, 'assignments', 'loading'),
        (4, 'events', 'finished');
END;
GO
CREATE PROCEDURE staging_load_assignments.[test a load without rows stages nothing and is marked as staged]
AS
BEGIN
    EXEC staging.load_assignments @load_id = 1;

    EXEC tSQLt.AssertEmptyTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.AssertEmptyTable 'staging.quarantine';
    EXEC tSQLt.AssertEmptyTable 'staging.duplicates';
    DECLARE @staged_count int =
        (SELECT COUNT(*) FROM ops.load_log AS l WHERE l.load_id = 1 AND l.staged_at IS NOT NULL);
    EXEC tSQLt.AssertEquals 1, @staged_count;
END;
GO
CREATE PROCEDURE staging_load_assignments.[test one row is trimmed, converted and staged]
AS
BEGIN
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at)
    VALUES (1, 2, ' exp_1 ', 'u1  ', '  control', ' 2026-01-02T03:04:05+01:00 ');

    EXEC staging.load_assignments @load_id = 1;

    SELECT
        s.experiment_id,
        s.unit_id,
        s.variation_id,
        s.load_id,
        s.line_number,
        s.assignment_count,
        s.is_conflict,
        s.assigned_at
    INTO #actual
    FROM staging.stg_experiment_assignments AS s;
    SELECT TOP (0)
        a.experiment_id,
        a.unit_id,
        a.variation_id,
        a.load_id,
        a.line_number,
        a.assignment_count,
        a.is_conflict,
        a.assigned_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (experiment_id, unit_id, variation_id, load_id, line_number, assignment_count, is_conflict, assigned_at)
    VALUES ('exp_1', 'u1', 'control', 1, 2, 1, 0, CAST('2026-01-02T02:04:05' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_assignments.[test NULL and blank fields are in quarantine, each with the first rule it breaks]
AS
BEGIN
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at, reject_rule)
    VALUES
        (1, 1, NULL, NULL, NULL, NULL, NULL),
        (1, 2, '  ', 'u2', NULL, NULL, NULL),
        (1, 3, 'exp_1', 'u3', '', '2026-01-02', NULL),
        (1, 4, 'exp_1', 'u4', 'control', '12:30', NULL),
        (1, 5, 'exp_1', 'u5', 'control', NULL, NULL),
        (1, 6, 'exp_1', NULL, 'control', '2026-01-02', 'group=control');

    EXEC staging.load_assignments @load_id = 1;

    EXEC tSQLt.AssertEmptyTable 'staging.stg_experiment_assignments';
    SELECT
        q.source,
        q.line_number,
        q.rule_name,
        q.column_name,
        q.raw_value
    INTO #actual
    FROM staging.quarantine AS q;
    SELECT TOP (0)
        a.source,
        a.line_number,
        a.rule_name,
        a.column_name,
        a.raw_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (source, line_number, rule_name, column_name, raw_value)
    VALUES
        ('assignments', 1, 'missing_unit_id', 'unit_id', NULL),
        ('assignments', 2, 'missing_experiment_id', 'experiment_id', NULL),
        ('assignments', 3, 'missing_variation_id', 'variation_id', NULL),
        ('assignments', 4, 'bad_timestamp', 'assigned_at', '12:30'),
        ('assignments', 5, 'bad_timestamp', 'assigned_at', NULL),
        ('assignments', 6, 'rejected_by_rule', NULL, 'group=control');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_assignments.[test an id of more than 128 bytes is in quarantine, one of 128 is staged]
AS
BEGIN
    DECLARE @longest varchar(200) = REPLICATE('u', 128);
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        (1, 1, 'exp_1', @longest, 'control', '2026-01-02'),
        (1, 2, 'exp_1', CONCAT(@longest, 'u'), 'control', '2026-01-02');

    EXEC staging.load_assignments @load_id = 1;

    DECLARE @staged_id varchar(128) = (SELECT s.unit_id FROM staging.stg_experiment_assignments AS s);
    EXEC tSQLt.AssertEqualsString @longest, @staged_id;
    DECLARE @rule_name varchar(64) = (SELECT q.rule_name FROM staging.quarantine AS q WHERE q.line_number = 2);
    EXEC tSQLt.AssertEqualsString 'too_long', @rule_name;
END;
GO
CREATE PROCEDURE staging_load_assignments.[test the first assignment of a unit wins and another variation is a conflict]
AS
BEGIN
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        (1, 1, 'exp_1', 'u1', 'treatment', '2026-01-03'),
        (1, 2, 'exp_1', 'u1', 'control', '2026-01-02'),
        (1, 3, 'exp_2', 'u1', 'treatment', '2026-01-01');

    EXEC staging.load_assignments @load_id = 1;

    SELECT
        s.experiment_id,
        s.variation_id,
        s.line_number,
        s.min_variation_id,
        s.max_variation_id,
        s.assignment_count,
        s.is_conflict
    INTO #actual
    FROM staging.stg_experiment_assignments AS s;
    SELECT TOP (0)
        a.experiment_id,
        a.variation_id,
        a.line_number,
        a.min_variation_id,
        a.max_variation_id,
        a.assignment_count,
        a.is_conflict
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (experiment_id, variation_id, line_number, min_variation_id, max_variation_id, assignment_count, is_conflict)
    VALUES
        ('exp_1', 'control', 2, 'control', 'treatment', 2, 1),
        ('exp_2', 'treatment', 3, 'treatment', 'treatment', 1, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_assignments.[test of ties in time the lower line wins and the others are duplicates]
AS
BEGIN
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        (1, 7, 'exp_1', 'u1', 'control', '2026-01-02'),
        (1, 5, 'exp_1', 'u1', 'control', '2026-01-02'),
        (1, 6, 'exp_1', 'u1', 'control', '2026-01-02');

    EXEC staging.load_assignments @load_id = 1;

    DECLARE @kept bigint = (SELECT s.line_number FROM staging.stg_experiment_assignments AS s);
    DECLARE @expected_line bigint = 5;
    EXEC tSQLt.AssertEquals @expected_line, @kept;
    SELECT
        d.line_number,
        d.rule_name,
        d.key_value,
        d.kept_load_id,
        d.kept_line_number
    INTO #actual
    FROM staging.duplicates AS d;
    SELECT TOP (0)
        a.line_number,
        a.rule_name,
        a.key_value,
        a.kept_load_id,
        a.kept_line_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, rule_name, key_value, kept_load_id, kept_line_number)
    VALUES (6, 'later_assignment', 'exp_1/u1', 1, 5), (7, 'later_assignment', 'exp_1/u1', 1, 5);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_assignments.[test an earlier assignment in a later load takes the place of the staged one]
AS
BEGIN
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at)
    VALUES (1, 1, 'exp_1', 'u1', 'control', '2026-01-05'), (2, 1, 'exp_1', 'u1', 'treatment', '2026-01-04');
    EXEC staging.load_assignments @load_id = 1;

    EXEC staging.load_assignments @load_id = 2;

    SELECT
        s.load_id,
        s.variation_id,
        s.assignment_count,
        s.is_conflict
    INTO #actual
    FROM staging.stg_experiment_assignments AS s;
    SELECT TOP (0)
        a.load_id,
        a.variation_id,
        a.assignment_count,
        a.is_conflict
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (load_id, variation_id, assignment_count, is_conflict)
    VALUES (2, 'treatment', 2, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @lost bigint = (SELECT d.load_id FROM staging.duplicates AS d);
    DECLARE @first_load bigint = 1;
    EXEC tSQLt.AssertEquals @first_load, @lost;
END;
GO
CREATE PROCEDURE staging_load_assignments.[test a staged load is not staged again]
AS
BEGIN
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at)
    VALUES (1, 1, 'exp_1', 'u1', 'control', '2026-01-02'), (1, 2, 'exp_1', 'u2', 'control', 'never');
    EXEC staging.load_assignments @load_id = 1;

    EXEC staging.load_assignments @load_id = 1;

    DECLARE @staged_count int = (SELECT COUNT(*) FROM staging.stg_experiment_assignments AS s);
    EXEC tSQLt.AssertEquals 1, @staged_count;
    DECLARE @failed_count int = (SELECT COUNT(*) FROM staging.quarantine AS q);
    EXEC tSQLt.AssertEquals 1, @failed_count;
    EXEC tSQLt.AssertEmptyTable 'staging.duplicates';
END;
GO
CREATE PROCEDURE staging_load_assignments.[test the result obeys the primary key]
AS
BEGIN
    EXEC tSQLt.ApplyConstraint 'staging.stg_experiment_assignments', 'pk_stg_experiment_assignments';
    INSERT INTO raw.assignments (load_id, line_number, experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        (1, 1, 'exp_1', 'u1', 'control', '2026-01-02'), (1, 2, 'exp_1', 'u1', 'control', '2026-01-03'),
        (1, 3, 'exp_1', 'u2', 'control', '2026-01-02');
    EXEC tSQLt.ExpectNoException;

    EXEC staging.load_assignments @load_id = 1;
END;
GO
CREATE PROCEDURE staging_load_assignments.[test an unfinished load is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException
        @ExpectedMessage = 'Load 3 is no finished load of assignments.',
        @ExpectedErrorNumber = 50010;

    EXEC staging.load_assignments @load_id = 3;
END;
GO
CREATE PROCEDURE staging_load_assignments.[test a load of another source is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException @ExpectedErrorNumber = 50010, @ExpectedMessagePattern = 'Load 4 %';

    EXEC staging.load_assignments @load_id = 4;
END;
GO

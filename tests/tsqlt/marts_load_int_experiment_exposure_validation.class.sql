/* marts.load_int_experiment_exposure_validation: the flags of a unit's exposures, and its first valid one. */
EXEC tSQLt.NewTestClass 'marts_load_int_experiment_exposure_validation';
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'marts.int_experiment_exposure_validation';
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES
        ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6))),
        ('exp_2', CAST('2026-01-01' AS datetime2(6)), NULL);
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test no rows give no rows]
AS
BEGIN
    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.int_experiment_exposure_validation';
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test one unit with one valid exposure]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    VALUES ('exp_1', 'u1', 'control', CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES ('e1', 'exp_1', 'u1', 'control', CAST('2026-01-03' AS datetime2(6)));

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        v.experiment_id,
        v.unit_id,
        v.variation_id,
        v.exposure_count,
        v.is_valid_exposure,
        v.assigned_at,
        v.first_exposed_at,
        v.last_exposed_at,
        v.first_valid_exposed_at
    INTO #actual
    FROM marts.int_experiment_exposure_validation AS v
    WHERE v.pre_assignment_exposure = 0 AND v.variant_mismatch = 0 AND v.multi_variation_exposure = 0
        AND v.exposure_outside_window = 0 AND v.unassigned_exposure = 0;
    SELECT TOP (0)
        a.experiment_id,
        a.unit_id,
        a.variation_id,
        a.exposure_count,
        a.is_valid_exposure,
        a.assigned_at,
        a.first_exposed_at,
        a.last_exposed_at,
        a.first_valid_exposed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        experiment_id, unit_id, variation_id, exposure_count, is_valid_exposure, assigned_at, first_exposed_at,
        last_exposed_at, first_valid_exposed_at
    )
    VALUES
    (
        'exp_1', 'u1', 'control', 1, 1, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6)),
        CAST('2026-01-03' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6))
    );
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test a unit without exposures has no times and is not valid]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    VALUES ('exp_1', 'u1', 'control', CAST('2026-01-02' AS datetime2(6)));

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        v.unit_id,
        v.exposure_count,
        v.is_valid_exposure,
        v.first_exposed_at,
        v.last_exposed_at,
        v.first_valid_exposed_at
    INTO #actual
    FROM marts.int_experiment_exposure_validation AS v;
    SELECT TOP (0)
        a.unit_id,
        a.exposure_count,
        a.is_valid_exposure,
        a.first_exposed_at,
        a.last_exposed_at,
        a.first_valid_exposed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (unit_id, exposure_count, is_valid_exposure, first_exposed_at, last_exposed_at, first_valid_exposed_at)
    VALUES ('u1', 0, 0, NULL, NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test an exposure without an assignment is unassigned, its variation NULL]
AS
BEGIN
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES ('e1', 'exp_1', 'u1', 'control', CAST('2026-01-03' AS datetime2(6)));

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        v.unit_id,
        v.variation_id,
        v.unassigned_exposure,
        v.pre_assignment_exposure,
        v.variant_mismatch,
        v.is_valid_exposure,
        v.assigned_at
    INTO #actual
    FROM marts.int_experiment_exposure_validation AS v;
    SELECT TOP (0)
        a.unit_id,
        a.variation_id,
        a.unassigned_exposure,
        a.pre_assignment_exposure,
        a.variant_mismatch,
        a.is_valid_exposure,
        a.assigned_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        unit_id, variation_id, unassigned_exposure, pre_assignment_exposure, variant_mismatch, is_valid_exposure,
        assigned_at
    )
    VALUES ('u1', NULL, 1, 0, 0, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test each flag is of the rule that an exposure breaks]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        ('exp_1', 'early', 'control', CAST('2026-01-05' AS datetime2(6))),
        ('exp_1', 'mismatch', 'control', CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'outside', 'control', CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'several', 'control', CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES
        ('e1', 'exp_1', 'early', 'control', CAST('2026-01-04' AS datetime2(6))),
        ('e2', 'exp_1', 'mismatch', 'treatment', CAST('2026-01-03' AS datetime2(6))),
        ('e3', 'exp_1', 'outside', 'control', CAST('2026-02-03' AS datetime2(6))),
        ('e4', 'exp_1', 'several', 'treatment', CAST('2026-01-03' AS datetime2(6))),
        ('e5', 'exp_1', 'several', 'control', CAST('2026-01-04' AS datetime2(6)));

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        v.unit_id,
        v.pre_assignment_exposure,
        v.variant_mismatch,
        v.multi_variation_exposure,
        v.exposure_outside_window,
        v.is_valid_exposure,
        v.first_exposed_at,
        v.first_valid_exposed_at
    INTO #actual
    FROM marts.int_experiment_exposure_validation AS v;
    SELECT TOP (0)
        a.unit_id,
        a.pre_assignment_exposure,
        a.variant_mismatch,
        a.multi_variation_exposure,
        a.exposure_outside_window,
        a.is_valid_exposure,
        a.first_exposed_at,
        a.first_valid_exposed_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        unit_id, pre_assignment_exposure, variant_mismatch, multi_variation_exposure, exposure_outside_window,
        is_valid_exposure, first_exposed_at, first_valid_exposed_at
    )
    VALUES
        ('early', 1, 0, 0, 0, 0, CAST('2026-01-04' AS datetime2(6)), NULL),
        ('mismatch', 0, 1, 0, 0, 0, CAST('2026-01-03' AS datetime2(6)), NULL),
        ('outside', 0, 0, 0, 1, 0, CAST('2026-02-03' AS datetime2(6)), NULL),
        ('several', 0, 1, 1, 0, 1, CAST('2026-01-03' AS datetime2(6)), CAST('2026-01-04' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test ties at the assignment and at the start count, at the end they do not]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        ('exp_1', 'at_start', 'control', CAST('2026-01-01' AS datetime2(6))),
        ('exp_1', 'at_end', 'control', CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'last', 'control', CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES
        ('e1', 'exp_1', 'at_start', 'control', CAST('2026-01-01' AS datetime2(6))),
        ('e2', 'exp_1', 'at_end', 'control', CAST('2026-02-01' AS datetime2(6))),
        ('e3', 'exp_1', 'last', 'control', CAST('2026-01-31T23:59:59.999999' AS datetime2(6)));

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        v.unit_id,
        v.is_valid_exposure,
        v.exposure_outside_window,
        v.pre_assignment_exposure
    INTO #actual
    FROM marts.int_experiment_exposure_validation AS v;
    SELECT TOP (0)
        a.unit_id,
        a.is_valid_exposure,
        a.exposure_outside_window,
        a.pre_assignment_exposure
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id, is_valid_exposure, exposure_outside_window, pre_assignment_exposure)
    VALUES ('at_start', 1, 0, 0), ('at_end', 0, 1, 0), ('last', 1, 0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test an experiment without an end takes any later exposure]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    VALUES ('exp_2', 'u1', 'control', CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES ('e1', 'exp_2', 'u1', 'control', CAST('2031-01-03' AS datetime2(6)));

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_2';

    DECLARE @valid_count int =
        (SELECT COUNT(*) FROM marts.int_experiment_exposure_validation AS v WHERE v.is_valid_exposure = 1);
    EXEC tSQLt.AssertEquals 1, @valid_count;
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test only the rows of the experiment are rebuilt]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation (experiment_id, unit_id)
    VALUES ('exp_1', 'gone'), ('exp_2', 'kept');
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    VALUES
        ('exp_1', 'u1', 'control', CAST('2026-01-02' AS datetime2(6))),
        ('exp_2', 'u2', 'control', CAST('2026-01-02' AS datetime2(6)));

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        v.experiment_id,
        v.unit_id
    INTO #actual
    FROM marts.int_experiment_exposure_validation AS v;
    SELECT TOP (0)
        a.experiment_id,
        a.unit_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, unit_id)
    VALUES ('exp_1', 'u1'), ('exp_2', 'kept');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_int_experiment_exposure_validation.[test an unknown experiment is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException
        @ExpectedMessage = 'Experiment ''exp_9'' is not in catalog.experiments.',
        @ExpectedErrorNumber = 50020;

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_9';
END;
GO

/* marts.load_fct_experiment_cohort: who takes part, in which mode, counted from when. */
EXEC tSQLt.NewTestClass 'marts_load_fct_experiment_cohort';
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'marts.int_experiment_exposure_validation';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.experiment_members';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_units';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_values';
    EXEC tSQLt.FakeTable 'marts.experiment_unit_dimensions';
    EXEC tSQLt.FakeTable 'marts.refresh_units';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    INSERT INTO catalog.experiments (experiment_id, exclude_multi_variation, start_at, end_at)
    VALUES
        ('exp_1', 0, CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6))),
        ('exp_2', 1, CAST('2026-01-01' AS datetime2(6)), NULL);
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test no rows give no rows]
AS
BEGIN
    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.fct_experiment_cohort';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test one exposed unit counts in both modes, each from its own time]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at,
        first_valid_exposed_at
    )
    VALUES
    (
        'exp_1', 'u1', 'control', 0, 1, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6))
    );

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';

    SELECT
        c.experiment_id,
        c.unit_id,
        c.variation_id,
        c.weight_epoch,
        c.is_itt,
        c.is_exposed,
        c.exclusion_reason,
        c.itt_anchor_at,
        c.exposed_anchor_at
    INTO #actual
    FROM marts.fct_experiment_cohort AS c;
    SELECT TOP (0)
        a.experiment_id,
        a.unit_id,
        a.variation_id,
        a.weight_epoch,
        a.is_itt,
        a.is_exposed,
        a.exclusion_reason,
        a.itt_anchor_at,
        a.exposed_anchor_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, exclusion_reason, itt_anchor_at,
        exposed_anchor_at
    )
    VALUES
    (
        'exp_1', 'u1', 'control', 1, 1, 1, NULL, CAST('2026-01-02' AS datetime2(6)),
        CAST('2026-01-03' AS datetime2(6))
    );
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test a unit without a valid exposure counts by its assignment only, its exposed anchor NULL]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
        (experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at)
    VALUES ('exp_1', 'u1', 'control', 0, 0, CAST('2026-01-02' AS datetime2(6)));

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';

    SELECT
        c.unit_id,
        c.is_itt,
        c.is_exposed,
        c.exposed_anchor_at
    INTO #actual
    FROM marts.fct_experiment_cohort AS c;
    SELECT TOP (0)
        a.unit_id,
        a.is_itt,
        a.is_exposed,
        a.exposed_anchor_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id, is_itt, is_exposed, exposed_anchor_at)
    VALUES ('u1', 1, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test a unit without an assignment takes no part]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
        (experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at)
    VALUES ('exp_1', 'u1', NULL, 0, 0, NULL);

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.fct_experiment_cohort';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test ties with the start are in, with the end they are out]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
        (experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at)
    VALUES
        ('exp_1', 'before', 'control', 0, 0, CAST('2025-12-31T23:59:59.999999' AS datetime2(6))),
        ('exp_1', 'at_start', 'control', 0, 0, CAST('2026-01-01' AS datetime2(6))),
        ('exp_1', 'last', 'control', 0, 0, CAST('2026-01-31T23:59:59.999999' AS datetime2(6))),
        ('exp_1', 'at_end', 'control', 0, 0, CAST('2026-02-01' AS datetime2(6)));

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';

    SELECT
        c.unit_id
    INTO #actual
    FROM marts.fct_experiment_cohort AS c;
    SELECT TOP (0)
        a.unit_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id)
    VALUES ('at_start'), ('last');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test a unit of several variations is excluded only where the experiment says so]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at,
        first_valid_exposed_at
    )
    VALUES
        ('exp_1', 'u1', 'control', 1, 1, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6))),
        ('exp_2', 'u1', 'control', 1, 1, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6))),
        ('exp_2', 'u2', 'control', 0, 1, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6)));

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';
    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_2';

    SELECT
        c.experiment_id,
        c.unit_id,
        c.is_itt,
        c.is_exposed,
        c.exclusion_reason
    INTO #actual
    FROM marts.fct_experiment_cohort AS c;
    SELECT TOP (0)
        a.experiment_id,
        a.unit_id,
        a.is_itt,
        a.is_exposed,
        a.exclusion_reason
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, unit_id, is_itt, is_exposed, exclusion_reason)
    VALUES
        ('exp_1', 'u1', 1, 1, NULL),
        ('exp_2', 'u1', 0, 0, 'multi_variation'),
        ('exp_2', 'u2', 1, 1, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test units made again keep their numbers, new units and arms get new ones]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
        (experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at)
    VALUES
        ('exp_1', 'u1', 'control', 0, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u2', 'control', 0, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u3', 'control', 0, 0, CAST('2026-01-02' AS datetime2(6)));
    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';
    /* u2 turns out to be of the treatment, u3 to be unassigned, and a1 is new. */
    UPDATE marts.int_experiment_exposure_validation
    SET variation_id = 'treatment'
    WHERE unit_id = 'u2';
    UPDATE marts.int_experiment_exposure_validation
    SET assigned_at = NULL
    WHERE unit_id = 'u3';
    INSERT INTO marts.int_experiment_exposure_validation
        (experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at)
    VALUES ('exp_1', 'a1', 'treatment', 0, 0, CAST('2026-01-03' AS datetime2(6)));
    INSERT INTO marts.refresh_units (experiment_id, unit_id, unit_number)
    VALUES ('exp_1', 'u2', 2), ('exp_1', 'u3', 3), ('exp_1', 'a1', NULL);

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1', @changed_only = 1;

    SELECT
        c.unit_id,
        c.unit_number,
        c.variation_id,
        a.variation_id AS arm_variation_id,
        c.arm_number
    INTO #actual
    FROM marts.fct_experiment_cohort AS c
    INNER JOIN marts.experiment_arms AS a
        ON a.experiment_id = c.experiment_id AND a.arm_number = c.arm_number;
    SELECT TOP (0)
        a.unit_id,
        a.unit_number,
        a.variation_id,
        a.arm_variation_id,
        a.arm_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id, unit_number, variation_id, arm_variation_id, arm_number)
    VALUES
        ('u1', 1, 'control', 'control', 1),
        ('u2', 2, 'treatment', 'treatment', 3),
        ('a1', 4, 'treatment', 'treatment', 3);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test new numbers for all leave nothing under the old ones]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
        (experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at)
    VALUES ('exp_1', 'u1', 'control', 0, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO marts.experiment_unit_dimensions (experiment_id, dimension_id, unit_number, dimension_value)
    VALUES ('exp_1', 'country', 1, 'de'), ('exp_2', 'country', 1, 'at');
    INSERT INTO marts.experiment_measure_units (experiment_id, measure_number, unit_number)
    VALUES ('exp_1', 1, 1), ('exp_2', 1, 1);
    INSERT INTO marts.experiment_measure_values (experiment_id, measure_number, unit_number)
    VALUES ('exp_1', 1, 1), ('exp_2', 1, 1);

    /* Units that are made again keep their numbers, and so does all that names them. */
    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1', @changed_only = 1;
    DECLARE @kept bigint = (SELECT COUNT_BIG(*) FROM marts.experiment_measure_units AS u);
    EXEC tSQLt.AssertEquals 2, @kept;
    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';

    SELECT d.experiment_id, d.unit_number
    INTO #actual
    FROM marts.experiment_unit_dimensions AS d
    UNION ALL
    SELECT u.experiment_id, u.unit_number
    FROM marts.experiment_measure_units AS u
    UNION ALL
    SELECT v.experiment_id, v.unit_number
    FROM marts.experiment_measure_values AS v;
    SELECT TOP (0)
        a.experiment_id,
        a.unit_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, unit_number)
    VALUES ('exp_2', 1), ('exp_2', 1), ('exp_2', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test members belong to the cluster of their latest value, if it is in the cohort]
AS
BEGIN
    UPDATE catalog.experiments
    SET cluster_attribute = 'account'
    WHERE experiment_id = 'exp_1';
    INSERT INTO marts.int_experiment_exposure_validation
        (experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at)
    VALUES
        ('exp_1', 'acme', 'control', 0, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'blum', 'treatment', 0, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_unit_attributes (unit_id, attribute, attribute_value, valid_from)
    VALUES
        ('ann', 'account', 'acme', CAST('0001-01-01' AS datetime2(6))),
        ('bob', 'account', 'acme', CAST('0001-01-01' AS datetime2(6))),
        ('bob', 'account', 'blum', CAST('2026-01-05' AS datetime2(6))),
        ('cem', 'account', 'cola', CAST('0001-01-01' AS datetime2(6))),
        ('dan', 'country', 'acme', CAST('0001-01-01' AS datetime2(6)));

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';

    SELECT
        m.unit_id,
        m.member_number,
        c.unit_id AS cluster_id
    INTO #actual
    FROM marts.experiment_members AS m
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.experiment_id = m.experiment_id AND c.unit_number = m.unit_number;
    SELECT TOP (0)
        a.unit_id,
        a.member_number,
        a.cluster_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id, member_number, cluster_id)
    VALUES ('ann', 1, 'acme'), ('bob', 2, 'blum');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test the same unit again is refused by the primary key]
AS
BEGIN
    EXEC tSQLt.ApplyConstraint 'marts.fct_experiment_cohort', 'pk_fct_experiment_cohort';
    INSERT INTO marts.int_experiment_exposure_validation
        (experiment_id, unit_id, variation_id, multi_variation_exposure, is_valid_exposure, assigned_at)
    VALUES
        ('exp_1', 'u1', 'control', 0, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u1', 'treatment', 0, 0, CAST('2026-01-02' AS datetime2(6)));
    EXEC tSQLt.ExpectException @ExpectedErrorNumber = 2627;

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_1';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_cohort.[test an unknown experiment is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException @ExpectedErrorNumber = 50020, @ExpectedMessagePattern = '%exp[_]9%catalog.experiments.';

    EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_9';
END;
GO

/* staging.load_hash_assignments: who is assigned by hash, when, and only once. */
EXEC tSQLt.NewTestClass 'staging_load_hash_assignments';
GO
CREATE PROCEDURE staging_load_hash_assignments.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'staging.scrobble_plays';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'catalog.hash_assignments';
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at, salt)
    VALUES
    (
        'x', CAST('2009-01-01' AS datetime2(6)), CAST('2009-02-01' AS datetime2(6)), 'a salt'
    );
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('x', 'control', 1, 0.5e0), ('x', 'treatment', 0, 0.5e0);
END;
GO
CREATE PROCEDURE staging_load_hash_assignments.[test nothing is assigned for an experiment that does not ask for it]
AS
BEGIN
    INSERT INTO staging.scrobble_plays (user_id, played_at) VALUES ('u', CAST('2009-01-02' AS datetime2(6)));

    EXEC staging.load_hash_assignments;

    EXEC tSQLt.AssertEmptyTable 'staging.stg_experiment_assignments';
END;
GO
CREATE PROCEDURE staging_load_hash_assignments.[test a user is assigned by the function's hash at the first activity in the time]
AS
BEGIN
    INSERT INTO catalog.hash_assignments (experiment_id, source) VALUES ('x', 'scrobbles');
    INSERT INTO staging.scrobble_plays (user_id, played_at)
    VALUES
        ('u', CAST('2008-12-31T23:59:59' AS datetime2(6))), ('u', CAST('2009-01-02' AS datetime2(6))),
        ('u', CAST('2009-01-03' AS datetime2(6))), ('v', CAST('2009-01-01' AS datetime2(6))),
        ('late', CAST('2009-02-01' AS datetime2(6))), ('early', CAST('2008-12-31T23:59:59' AS datetime2(6)));

    EXEC staging.load_hash_assignments;
    EXEC staging.load_hash_assignments;

    SELECT
        a.unit_id,
        a.variation_id,
        a.assigned_at
    INTO #actual
    FROM staging.stg_experiment_assignments AS a;
    SELECT TOP (0)
        a.unit_id,
        a.variation_id,
        a.assigned_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id, variation_id, assigned_at)
    SELECT
        w.unit_id,
        v.variation_id,
        w.assigned_at
    FROM
    (
        VALUES
            ('u', CAST('2009-01-02' AS datetime2(6))), ('v', CAST('2009-01-01' AS datetime2(6)))
    ) AS w (unit_id, assigned_at)
    CROSS APPLY catalog.assigned_variation('x', w.unit_id, w.assigned_at) AS v;
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

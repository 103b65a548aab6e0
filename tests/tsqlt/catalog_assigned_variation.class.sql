/*
catalog.assigned_variation: who gets a variation, and which. The buckets of the units, by SHA-256 elsewhere:
salt own: u1 5025, u2 8631, u3 2663, u4 3186, u5 2589, u6 6801; salt layer: u1 7978, u2 7390, u3 119, u4 7058, u5 2225,
u6 3669; salt held: u1 7844, u2 2703, u3 8297, u4 7776, u5 3893, u6 2762.
*/
EXEC tSQLt.NewTestClass 'catalog_assigned_variation';
GO
CREATE PROCEDURE catalog_assigned_variation.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.experiment_weight_changes';
    EXEC tSQLt.FakeTable 'catalog.layers';
    EXEC tSQLt.FakeTable 'catalog.holdouts';
    INSERT INTO catalog.experiments (experiment_id, start_at, salt)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), 'own');
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_1', 'control', 1, 0.5e0), ('exp_1', 'treatment', 0, 0.5e0);
END;
GO
CREATE PROCEDURE catalog_assigned_variation.[test each unit gets the variation of its bucket]
AS
BEGIN
    SELECT
        u.unit_id,
        v.variation_id,
        v.bucket
    INTO #actual
    FROM (VALUES ('u1'), ('u2'), ('u3'), ('u4')) AS u (unit_id)
    CROSS APPLY catalog.assigned_variation('exp_1', u.unit_id, CAST('2026-01-01' AS datetime2(6))) AS v;
    SELECT TOP (0)
        a.unit_id,
        a.variation_id,
        a.bucket
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id, variation_id, bucket)
    VALUES ('u1', 'treatment', 5025), ('u2', 'treatment', 8631), ('u3', 'control', 2663), ('u4', 'control', 3186);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_assigned_variation.[test an experiment that is not there has no row]
AS
BEGIN
    SELECT
        v.variation_id
    INTO #actual
    FROM catalog.assigned_variation('exp_2', 'u1', CAST('2026-01-01' AS datetime2(6))) AS v;
    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE catalog_assigned_variation.[test a range of a layer has its first bucket, not the one after its last]
AS
BEGIN
    INSERT INTO catalog.layers (layer_id, salt)
    VALUES ('checkout', 'layer');
    UPDATE catalog.experiments
    SET layer_id = 'checkout', layer_from = 2225, layer_to = 7058
    WHERE experiment_id = 'exp_1';

    SELECT
        u.unit_id,
        v.variation_id
    INTO #actual
    FROM (VALUES ('u1'), ('u2'), ('u3'), ('u4'), ('u5'), ('u6')) AS u (unit_id)
    CROSS APPLY catalog.assigned_variation('exp_1', u.unit_id, CAST('2026-01-01' AS datetime2(6))) AS v;
    SELECT TOP (0)
        a.unit_id,
        a.variation_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id, variation_id)
    VALUES ('u5', 'control'), ('u6', 'treatment');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_assigned_variation.[test two experiments of a layer share no unit]
AS
BEGIN
    INSERT INTO catalog.layers (layer_id, salt)
    VALUES ('checkout', 'layer');
    UPDATE catalog.experiments
    SET layer_id = 'checkout', layer_from = 0, layer_to = 7058
    WHERE experiment_id = 'exp_1';
    INSERT INTO catalog.experiments (experiment_id, start_at, salt, layer_id, layer_from, layer_to)
    VALUES ('exp_2', CAST('2026-01-01' AS datetime2(6)), NULL, 'checkout', 7058, 10000);
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_2', 'only', 1, 1e0);

    SELECT
        e.experiment_id,
        u.unit_id
    INTO #actual
    FROM (VALUES ('u1'), ('u2'), ('u3'), ('u4'), ('u5'), ('u6')) AS u (unit_id)
    CROSS JOIN (VALUES ('exp_1'), ('exp_2')) AS e (experiment_id)
    CROSS APPLY catalog.assigned_variation(e.experiment_id, u.unit_id, CAST('2026-01-01' AS datetime2(6))) AS v;
    SELECT TOP (0)
        a.experiment_id,
        a.unit_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, unit_id)
    VALUES
        ('exp_1', 'u3'), ('exp_1', 'u5'), ('exp_1', 'u6'),
        ('exp_2', 'u1'), ('exp_2', 'u2'), ('exp_2', 'u4');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_assigned_variation.[test a layer that is not there gives nobody a variation]
AS
BEGIN
    UPDATE catalog.experiments
    SET layer_id = 'gone', layer_from = 0, layer_to = 10000
    WHERE experiment_id = 'exp_1';

    SELECT
        v.variation_id
    INTO #actual
    FROM catalog.assigned_variation('exp_1', 'u1', CAST('2026-01-01' AS datetime2(6))) AS v;
    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE catalog_assigned_variation.[test a holdout keeps its units out from its start until its end]
AS
BEGIN
    INSERT INTO catalog.holdouts (holdout_id, salt, bucket_count, start_at, end_at)
    VALUES
    (
        'global', 'held', 2763, CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6))
    );

    SELECT
        t.assigned_at,
        u.unit_id
    INTO #actual
    FROM (VALUES ('u2'), ('u5'), ('u6')) AS u (unit_id)
    CROSS JOIN
    (
        VALUES
            (CAST('2026-01-01 23:59:59.999999' AS datetime2(6))),
            (CAST('2026-01-02' AS datetime2(6))),
            (CAST('2026-01-02 23:59:59.999999' AS datetime2(6))),
            (CAST('2026-01-03' AS datetime2(6)))
    ) AS t (assigned_at)
    CROSS APPLY catalog.assigned_variation('exp_1', u.unit_id, t.assigned_at) AS v;
    SELECT TOP (0)
        a.assigned_at,
        a.unit_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (assigned_at, unit_id)
    VALUES
        (CAST('2026-01-01 23:59:59.999999' AS datetime2(6)), 'u2'),
        (CAST('2026-01-01 23:59:59.999999' AS datetime2(6)), 'u5'),
        (CAST('2026-01-01 23:59:59.999999' AS datetime2(6)), 'u6'),
        (CAST('2026-01-02' AS datetime2(6)), 'u5'),
        (CAST('2026-01-02 23:59:59.999999' AS datetime2(6)), 'u5'),
        (CAST('2026-01-03' AS datetime2(6)), 'u2'),
        (CAST('2026-01-03' AS datetime2(6)), 'u5'),
        (CAST('2026-01-03' AS datetime2(6)), 'u6');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_assigned_variation.[test the first bucket after a holdout is free]
AS
BEGIN
    INSERT INTO catalog.holdouts (holdout_id, salt, bucket_count, start_at)
    VALUES ('global', 'held', 2762, CAST('2026-01-01' AS datetime2(6)));

    SELECT
        u.unit_id
    INTO #actual
    FROM (VALUES ('u2'), ('u6')) AS u (unit_id)
    CROSS APPLY catalog.assigned_variation('exp_1', u.unit_id, CAST('2026-01-01' AS datetime2(6))) AS v;
    SELECT TOP (0)
        a.unit_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_id)
    VALUES ('u6');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE catalog_assigned_variation.[test a change of weights holds from its time on]
AS
BEGIN
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-05' AS datetime2(6)), 'control', 0.2664e0),
        ('exp_1', CAST('2026-01-05' AS datetime2(6)), 'treatment', 0.7336e0),
        ('exp_1', CAST('2026-01-06' AS datetime2(6)), 'control', 0e0),
        ('exp_1', CAST('2026-01-06' AS datetime2(6)), 'treatment', 1e0);

    SELECT
        t.assigned_at,
        u.unit_id,
        v.variation_id
    INTO #actual
    FROM (VALUES ('u3'), ('u4')) AS u (unit_id)
    CROSS JOIN
    (
        VALUES
            (CAST('2026-01-04 23:59:59.999999' AS datetime2(6))),
            (CAST('2026-01-05' AS datetime2(6))),
            (CAST('2026-01-06' AS datetime2(6)))
    ) AS t (assigned_at)
    CROSS APPLY catalog.assigned_variation('exp_1', u.unit_id, t.assigned_at) AS v;
    SELECT TOP (0)
        a.assigned_at,
        a.unit_id,
        a.variation_id
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (assigned_at, unit_id, variation_id)
    VALUES
        (CAST('2026-01-04 23:59:59.999999' AS datetime2(6)), 'u3', 'control'),
        (CAST('2026-01-04 23:59:59.999999' AS datetime2(6)), 'u4', 'control'),
        (CAST('2026-01-05' AS datetime2(6)), 'u3', 'control'),
        (CAST('2026-01-05' AS datetime2(6)), 'u4', 'treatment'),
        (CAST('2026-01-06' AS datetime2(6)), 'u3', 'treatment'),
        (CAST('2026-01-06' AS datetime2(6)), 'u4', 'treatment');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

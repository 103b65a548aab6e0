/* marts.load_fct_experiment_exposure_quality_daily: units by day of assignment, flags by day of exposure. */
EXEC tSQLt.NewTestClass 'marts_load_fct_experiment_exposure_quality_daily';
GO
CREATE PROCEDURE marts_load_fct_experiment_exposure_quality_daily.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'marts.int_experiment_exposure_validation';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_exposure_quality_daily';
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_exposure_quality_daily.[test no rows give no rows]
AS
BEGIN
    EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.fct_experiment_exposure_quality_daily';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_exposure_quality_daily.[test one unit, exposed on its day]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, multi_variation_exposure, unassigned_exposure, is_valid_exposure,
        assigned_at
    )
    VALUES ('exp_1', 'u1', 'control', 0, 0, 1, CAST('2026-01-02T10:00:00' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES ('e1', 'exp_1', 'u1', 'control', CAST('2026-01-02T23:59:59.999999' AS datetime2(6)));

    EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = 'exp_1';

    SELECT
        q.experiment_id,
        q.quality_date,
        q.assigned_unit_count,
        q.exposed_unit_count,
        q.exposure_event_count,
        q.pre_assignment_count,
        q.variant_mismatch_count,
        q.multi_variation_count,
        q.outside_window_count,
        q.unassigned_count,
        ROUND(q.exposure_rate, 9) AS exposure_rate
    INTO #actual
    FROM marts.fct_experiment_exposure_quality_daily AS q;
    SELECT TOP (0)
        a.experiment_id,
        a.quality_date,
        a.assigned_unit_count,
        a.exposed_unit_count,
        a.exposure_event_count,
        a.pre_assignment_count,
        a.variant_mismatch_count,
        a.multi_variation_count,
        a.outside_window_count,
        a.unassigned_count,
        a.exposure_rate
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        experiment_id, quality_date, assigned_unit_count, exposed_unit_count, exposure_event_count,
        pre_assignment_count, variant_mismatch_count, multi_variation_count, outside_window_count, unassigned_count,
        exposure_rate
    )
    VALUES ('exp_1', CAST('2026-01-02' AS date), 1, 1, 1, 0, 0, 0, 0, 0, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_exposure_quality_daily.[test a day of exposures only has no rate]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, multi_variation_exposure, unassigned_exposure, is_valid_exposure,
        assigned_at
    )
    VALUES ('exp_1', 'u1', NULL, 0, 1, 0, NULL);
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES ('e1', 'exp_1', 'u1', 'control', CAST('2026-01-03' AS datetime2(6)));

    EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = 'exp_1';

    SELECT
        q.quality_date,
        q.assigned_unit_count,
        q.exposure_event_count,
        q.pre_assignment_count,
        q.variant_mismatch_count,
        q.unassigned_count,
        q.exposure_rate
    INTO #actual
    FROM marts.fct_experiment_exposure_quality_daily AS q;
    SELECT TOP (0)
        a.quality_date,
        a.assigned_unit_count,
        a.exposure_event_count,
        a.pre_assignment_count,
        a.variant_mismatch_count,
        a.unassigned_count,
        a.exposure_rate
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        quality_date, assigned_unit_count, exposure_event_count, pre_assignment_count, variant_mismatch_count,
        unassigned_count, exposure_rate
    )
    VALUES (CAST('2026-01-03' AS date), 0, 1, 0, 0, 1, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_exposure_quality_daily.[test each flag counts on the day of the exposure that broke the rule]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, multi_variation_exposure, unassigned_exposure, is_valid_exposure,
        assigned_at
    )
    VALUES
        ('exp_1', 'u1', 'control', 0, 0, 0, CAST('2026-01-05' AS datetime2(6))),
        ('exp_1', 'u2', 'control', 1, 0, 1, CAST('2026-01-05' AS datetime2(6))),
        ('exp_1', 'u3', 'control', 0, 0, 0, CAST('2026-01-05' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES
        ('e1', 'exp_1', 'u1', 'control', CAST('2026-01-04' AS datetime2(6))),
        ('e2', 'exp_1', 'u2', 'control', CAST('2026-01-05' AS datetime2(6))),
        ('e3', 'exp_1', 'u2', 'treatment', CAST('2026-01-06' AS datetime2(6))),
        ('e4', 'exp_1', 'u3', 'control', CAST('2026-02-01' AS datetime2(6)));

    EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = 'exp_1';

    SELECT
        q.quality_date,
        q.assigned_unit_count,
        q.exposed_unit_count,
        q.exposure_event_count,
        q.pre_assignment_count,
        q.variant_mismatch_count,
        q.multi_variation_count,
        q.outside_window_count,
        ROUND(q.exposure_rate, 9) AS exposure_rate
    INTO #actual
    FROM marts.fct_experiment_exposure_quality_daily AS q;
    SELECT TOP (0)
        a.quality_date,
        a.assigned_unit_count,
        a.exposed_unit_count,
        a.exposure_event_count,
        a.pre_assignment_count,
        a.variant_mismatch_count,
        a.multi_variation_count,
        a.outside_window_count,
        a.exposure_rate
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        quality_date, assigned_unit_count, exposed_unit_count, exposure_event_count, pre_assignment_count,
        variant_mismatch_count, multi_variation_count, outside_window_count, exposure_rate
    )
    VALUES
        (CAST('2026-01-04' AS date), 0, 0, 1, 1, 0, 0, 0, NULL),
        (CAST('2026-01-05' AS date), 3, 1, 1, 0, 0, 1, 0, ROUND(1e0 / 3e0, 9)),
        (CAST('2026-01-06' AS date), 0, 0, 1, 0, 1, 1, 0, NULL),
        (CAST('2026-02-01' AS date), 0, 0, 1, 0, 0, 0, 1, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_exposure_quality_daily.[test ties: the same exposure time twice counts twice]
AS
BEGIN
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, multi_variation_exposure, unassigned_exposure, is_valid_exposure,
        assigned_at
    )
    VALUES ('exp_1', 'u1', 'control', 0, 0, 1, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    VALUES
        ('e1', 'exp_1', 'u1', 'control', CAST('2026-01-02' AS datetime2(6))),
        ('e2', 'exp_1', 'u1', 'control', CAST('2026-01-02' AS datetime2(6)));

    EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = 'exp_1';

    DECLARE @event_count bigint = (SELECT q.exposure_event_count FROM marts.fct_experiment_exposure_quality_daily AS q);
    EXEC tSQLt.AssertEquals 2, @event_count;
    DECLARE @early_count bigint = (SELECT q.pre_assignment_count FROM marts.fct_experiment_exposure_quality_daily AS q);
    EXEC tSQLt.AssertEquals 0, @early_count;
END;
GO
CREATE PROCEDURE marts_load_fct_experiment_exposure_quality_daily.[test trigger events of assigned units are exposures]
AS
BEGIN
    UPDATE catalog.experiments SET trigger_event = 'cart' WHERE experiment_id = 'exp_1';
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, multi_variation_exposure, unassigned_exposure, is_valid_exposure,
        assigned_at
    )
    VALUES
        ('exp_1', 'u1', 'control', 0, 0, 1, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u2', NULL, 0, 1, 0, NULL),
        ('exp_2', 'u3', 'control', 0, 0, 1, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at)
    VALUES
        ('e1', 'u1', 'cart', CAST('2026-01-02T10:00:00' AS datetime2(6))),
        ('e2', 'u1', 'cart', CAST('2026-01-01T23:00:00' AS datetime2(6))),
        ('e3', 'u1', 'other', CAST('2026-01-02T10:00:00' AS datetime2(6))),
        ('e4', 'u2', 'cart', CAST('2026-01-02T10:00:00' AS datetime2(6))),
        ('e5', 'u3', 'cart', CAST('2026-01-02T10:00:00' AS datetime2(6)));

    EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = 'exp_1';

    SELECT
        q.quality_date,
        q.assigned_unit_count,
        q.exposure_event_count,
        q.pre_assignment_count,
        q.variant_mismatch_count,
        q.unassigned_count
    INTO #actual
    FROM marts.fct_experiment_exposure_quality_daily AS q;
    SELECT TOP (0)
        a.quality_date,
        a.assigned_unit_count,
        a.exposure_event_count,
        a.pre_assignment_count,
        a.variant_mismatch_count,
        a.unassigned_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        quality_date, assigned_unit_count, exposure_event_count, pre_assignment_count, variant_mismatch_count,
        unassigned_count
    )
    VALUES (CAST('2026-01-01' AS date), 0, 1, 1, 0, 0), (CAST('2026-01-02' AS date), 1, 1, 0, 0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

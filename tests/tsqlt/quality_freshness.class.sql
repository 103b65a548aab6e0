/* quality.freshness: how far each source lies behind the data watermark. */
EXEC tSQLt.NewTestClass 'quality_freshness';
GO
CREATE PROCEDURE quality_freshness.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.quality_thresholds';
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'staging.scrobble_plays';
    EXEC tSQLt.FakeTable 'staging.stg_commerce_events';
    EXEC tSQLt.FakeTable 'staging.cleansed_podcast_events';
    INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value)
    VALUES
        ('anomaly_robust_z', 3.5e0), ('anomaly_iqr', 3e0), ('anomaly_sigma', 3e0), ('anomaly_window_days', 14e0),
        ('anomaly_min_days', 7e0), ('anomaly_zero_expected', 7e0), ('freshness_hours', 48e0),
        ('exposure_rate_min', 0.01e0), ('exposure_units_min', 100e0), ('flag_rate_max', 0.01e0),
        ('quarantine_rate_max', 0.05e0);
END;
GO
CREATE PROCEDURE quality_freshness.[test no rows: nothing is expected, nothing stale]
AS
BEGIN

    SELECT
        s.entity,
        s.latest_at,
        s.hours_behind,
        s.is_expected,
        s.is_stale
    INTO #actual
    FROM quality.freshness AS s;

    SELECT TOP (0)
        a.entity,
        a.latest_at,
        a.hours_behind,
        a.is_expected,
        a.is_stale
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (entity, latest_at, hours_behind, is_expected, is_stale)
    VALUES
        ('stg_experiment_assignments', NULL, NULL, 0, 0), ('stg_experiment_exposures', NULL, NULL, 0, 0),
        ('stg_conversion_events', NULL, NULL, 0, 0), ('stg_unit_attributes', NULL, NULL, 0, 0),
        ('scrobble_plays', NULL, NULL, 0, 0), ('stg_commerce_events', NULL, NULL, 0, 0),
        ('cleansed_podcast_events', NULL, NULL, 0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_freshness.[test hours are counted to the watermark, and a source equal to the threshold is not stale]
AS
BEGIN
    INSERT INTO catalog.experiments (experiment_id, start_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, event_at)
    VALUES ('e1', CAST('2026-01-10' AS datetime2(6))), ('e2', CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_exposures (event_id, exposed_at)
    VALUES ('e3', CAST('2026-01-08' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_assignments (unit_id, assigned_at)
    VALUES ('u1', CAST('2026-01-07T23:30:00' AS datetime2(6)));
    INSERT INTO staging.stg_unit_attributes (unit_id, valid_from)
    VALUES ('u1', CAST('0001-01-01' AS datetime2(6)));
    INSERT INTO ops.load_log (load_id, source, status, ended_at)
    VALUES
        (1, 'events', 'finished', CAST('2026-01-11' AS datetime2(6))), (2, 'events', 'finished', CAST('2026-01-12' AS datetime2(6))),
        (3, 'events', 'loading', CAST('2026-01-13' AS datetime2(6)));

    SELECT
        s.entity,
        s.latest_at,
        s.latest_load_id,
        s.latest_load_at,
        ROUND(s.hours_behind, 9) AS hours_behind,
        s.threshold_hours,
        s.is_expected,
        s.is_stale
    INTO #actual
    FROM quality.freshness AS s;

    SELECT TOP (0)
        a.entity,
        a.latest_at,
        a.latest_load_id,
        a.latest_load_at,
        a.hours_behind,
        a.threshold_hours,
        a.is_expected,
        a.is_stale
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        entity, latest_at, latest_load_id, latest_load_at, hours_behind, threshold_hours, is_expected, is_stale
    )
    VALUES
        ('stg_experiment_assignments', CAST('2026-01-07T23:30:00' AS datetime2(6)), NULL, NULL, 48.5e0, 48e0, 1, 1),
        ('stg_experiment_exposures', CAST('2026-01-08' AS datetime2(6)), 2, CAST('2026-01-12' AS datetime2(6)), 48e0, 48e0, 1, 0),
        ('stg_conversion_events', CAST('2026-01-10' AS datetime2(6)), 2, CAST('2026-01-12' AS datetime2(6)), 0e0, 48e0, 1, 0),
        ('stg_unit_attributes', NULL, NULL, NULL, NULL, 48e0, 0, 0),
        ('scrobble_plays', NULL, NULL, NULL, NULL, 48e0, 0, 0),
        ('stg_commerce_events', NULL, NULL, NULL, NULL, 48e0, 0, 0),
        ('cleansed_podcast_events', NULL, NULL, NULL, NULL, 48e0, 0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_freshness.[test after an experiment's end no assignments are expected; a source without rows is stale while one runs]
AS
BEGIN
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-10' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events (event_id, event_at)
    VALUES ('e1', CAST('2026-01-10' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_assignments (unit_id, assigned_at)
    VALUES ('u1', CAST('2026-01-01' AS datetime2(6)));
    DECLARE @after_end int =
    (
        SELECT SUM(CAST(f.is_expected AS bigint))
        FROM quality.freshness AS f
        WHERE f.entity <> 'stg_conversion_events'
    );
    EXEC tSQLt.AssertEquals 0, @after_end;
    UPDATE catalog.experiments SET end_at = CAST('2026-01-10T00:00:01' AS datetime2(6)) WHERE experiment_id = 'exp_1';

    SELECT
        s.entity,
        s.is_stale
    INTO #actual
    FROM quality.freshness AS s
    WHERE s.is_expected = 1;

    SELECT TOP (0)
        a.entity,
        a.is_stale
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (entity, is_stale)
    VALUES ('stg_experiment_assignments', 1), ('stg_experiment_exposures', 1), ('stg_conversion_events', 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_freshness.[test a source is expected where it is loaded, product events where no other events are]
AS
BEGIN
    INSERT INTO staging.stg_experiment_assignments (unit_id, assigned_at)
    VALUES ('u1', CAST('2026-01-10' AS datetime2(6)));
    DECLARE @alone int =
    (
        SELECT SUM(CAST(f.is_stale AS bigint)) FROM quality.freshness AS f WHERE f.entity = 'stg_conversion_events'
    );
    EXEC tSQLt.AssertEquals 1, @alone;
    INSERT INTO staging.scrobble_plays (user_id, played_at)
    VALUES ('u1', CAST('2026-01-10' AS datetime2(6)));
    INSERT INTO staging.stg_commerce_events (event_id, event_at)
    VALUES ('e1', CAST('2026-01-07T23:59:59' AS datetime2(6)));
    INSERT INTO ops.load_log (load_id, source, status, ended_at)
    VALUES (1, 'podcast_events', 'finished', CAST('2026-01-11' AS datetime2(6)));

    SELECT
        s.entity,
        s.is_stale
    INTO #actual
    FROM quality.freshness AS s
    WHERE s.is_expected = 1;

    SELECT TOP (0)
        a.entity,
        a.is_stale
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (entity, is_stale)
    VALUES ('scrobble_plays', 0), ('stg_commerce_events', 1), ('cleansed_podcast_events', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

/*
quality.exposure_checks: each way in which exposure logging breaks, planted in staged rows and found by its own row after
the marts are rebuilt. 200 units of two variations are assigned; each is exposed an hour later unless a test says so.
*/
EXEC tSQLt.NewTestClass 'quality_exposure_checks';
GO
CREATE PROCEDURE quality_exposure_checks.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.quality_thresholds';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'marts.int_experiment_exposure_validation';
    INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value)
    VALUES
        ('anomaly_robust_z', 3.5e0), ('anomaly_iqr', 3e0), ('anomaly_sigma', 3e0), ('anomaly_window_days', 14e0),
        ('anomaly_min_days', 7e0), ('anomaly_zero_expected', 7e0), ('freshness_hours', 48e0),
        ('exposure_rate_min', 0.01e0), ('exposure_units_min', 100e0), ('flag_rate_max', 0.01e0),
        ('quarantine_rate_max', 0.05e0);
    INSERT INTO catalog.experiments (experiment_id, analysis_mode, start_at, end_at)
    VALUES ('exp_1', 'itt', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    SELECT 'exp_1', CONCAT(v.variation_id, a.digit, b.digit), v.variation_id, CAST('2026-01-10T12:00:00' AS datetime2(6))
    FROM (VALUES ('a'), ('b')) AS v (variation_id)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    SELECT a.unit_id, 'exp_1', a.unit_id, a.variation_id, DATEADD(hour, 1, a.assigned_at)
    FROM staging.stg_experiment_assignments AS a;
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test no units give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'quality.exposure_checks';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test sound exposures fail no check]
AS
BEGIN
    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count,
        s.observed_share,
        s.is_judged,
        s.is_failure
    INTO #actual
    FROM quality.exposure_checks AS s;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count,
        a.observed_share,
        a.is_judged,
        a.is_failure
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        check_name, variation_id, affected_count, unit_count, observed_share, is_judged, is_failure
    )
    VALUES
        ('exposure_rate', 'a', 100, 100, 1e0, 1, 0), ('exposure_rate', 'b', 100, 100, 1e0, 1, 0),
        ('exposure_rate_drop', 'a', 0, 0, NULL, 0, 0), ('exposure_rate_drop', 'b', 0, 0, NULL, 0, 0),
        ('pre_assignment_exposure', NULL, 0, 200, 0e0, 1, 0), ('variant_mismatch', NULL, 0, 200, 0e0, 1, 0),
        ('multi_variation_exposure', NULL, 0, 200, 0e0, 1, 0), ('exposure_outside_window', NULL, 0, 200, 0e0, 1, 0),
        ('unassigned_exposure', NULL, 0, 200, 0e0, 1, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test an arm without exposures]
AS
BEGIN
    DELETE FROM staging.stg_experiment_exposures WHERE variation_id = 'b';

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.is_failure = 1;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (check_name, variation_id, affected_count, unit_count)
    VALUES ('exposure_rate', 'b', 0, 100);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test an exposure rate equal to the threshold holds]
AS
BEGIN
    DELETE FROM staging.stg_experiment_exposures WHERE variation_id = 'b' AND unit_id <> 'b00';

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.variation_id,
        s.observed_share,
        s.is_failure
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.check_name = 'exposure_rate';

    SELECT TOP (0)
        a.variation_id,
        a.observed_share,
        a.is_failure
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (variation_id, observed_share, is_failure)
    VALUES ('a', 1e0, 0), ('b', 0.01e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test an experiment that logs no exposure is judged only in mode exposed]
AS
BEGIN
    DELETE FROM staging.stg_experiment_exposures WHERE experiment_id = 'exp_1';

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    DECLARE @failures int = (SELECT COUNT(*) FROM quality.exposure_checks AS k WHERE k.is_failure = 1);
    EXEC tSQLt.AssertEquals 0, @failures;
    UPDATE catalog.experiments SET analysis_mode = 'exposed' WHERE experiment_id = 'exp_1';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.is_failure = 1;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (check_name, variation_id, affected_count, unit_count)
    VALUES ('exposure_rate', 'a', 0, 100), ('exposure_rate', 'b', 0, 100);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test fewer units than are judged]
AS
BEGIN
    DELETE FROM staging.stg_experiment_exposures WHERE variation_id = 'b';
    DELETE FROM staging.stg_experiment_assignments WHERE unit_id = 'b00';

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.variation_id,
        s.unit_count,
        s.is_judged,
        s.is_failure
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.check_name = 'exposure_rate';

    SELECT TOP (0)
        a.variation_id,
        a.unit_count,
        a.is_judged,
        a.is_failure
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (variation_id, unit_count, is_judged, is_failure)
    VALUES ('a', 100, 1, 0), ('b', 99, 0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test exposures before the assignment]
AS
BEGIN
    UPDATE staging.stg_experiment_exposures
    SET exposed_at = DATEADD(hour, -2, exposed_at)
    WHERE unit_id IN ('a00', 'a01', 'b00');

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.is_failure = 1;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (check_name, variation_id, affected_count, unit_count)
    VALUES ('pre_assignment_exposure', NULL, 3, 200);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test as many flags as the threshold allows are no failure]
AS
BEGIN
    UPDATE staging.stg_experiment_exposures
    SET exposed_at = DATEADD(hour, -2, exposed_at)
    WHERE unit_id IN ('a00', 'a01');

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.affected_count,
        s.observed_share,
        s.is_failure
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.check_name = 'pre_assignment_exposure';

    SELECT TOP (0)
        a.affected_count,
        a.observed_share,
        a.is_failure
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (affected_count, observed_share, is_failure)
    VALUES (2, 0.01e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test exposures to another variation than the assigned one]
AS
BEGIN
    UPDATE staging.stg_experiment_exposures SET variation_id = 'b' WHERE unit_id IN ('a00', 'a01', 'a02');

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.is_failure = 1;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (check_name, variation_id, affected_count, unit_count)
    VALUES ('variant_mismatch', NULL, 3, 200);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test exposures to several variations]
AS
BEGIN
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    SELECT CONCAT('again', e.unit_id), 'exp_1', e.unit_id, 'b', DATEADD(hour, 1, e.exposed_at)
    FROM staging.stg_experiment_exposures AS e
    WHERE e.unit_id IN ('a00', 'a01', 'a02');

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.is_failure = 1;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (check_name, variation_id, affected_count, unit_count)
    VALUES ('variant_mismatch', NULL, 3, 200), ('multi_variation_exposure', NULL, 3, 200);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test exposures from the experiment's end on are outside of it]
AS
BEGIN
    UPDATE staging.stg_experiment_exposures SET exposed_at = CAST('2026-02-01' AS datetime2(6)) WHERE unit_id IN ('a00', 'a01', 'a02');

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.is_failure = 1;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (check_name, variation_id, affected_count, unit_count)
    VALUES ('exposure_outside_window', NULL, 3, 200);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test exposures of units that were never assigned]
AS
BEGIN
    DELETE FROM staging.stg_experiment_assignments WHERE unit_id IN ('a00', 'a01', 'a02');

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.is_failure = 1 AND s.variation_id IS NULL;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (check_name, variation_id, affected_count, unit_count)
    VALUES ('unassigned_exposure', NULL, 3, 200);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_exposure_checks.[test a rate that falls from one day to the next]
AS
BEGIN
    /* Ten days of a hundred units, nine or eight in ten exposed, the last day three in ten. */
    DELETE FROM staging.stg_experiment_assignments WHERE experiment_id = 'exp_1';
    DELETE FROM staging.stg_experiment_exposures WHERE experiment_id = 'exp_1';
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, assigned_at)
    SELECT 'exp_1', CONCAT(d.digit, a.digit, b.digit), 'a', DATEADD(day, d.digit, CAST('2026-01-02T12:00:00' AS datetime2(6)))
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS d (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
    INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, exposed_at)
    SELECT a.unit_id, 'exp_1', a.unit_id, 'a', DATEADD(hour, 23, a.assigned_at)
    FROM staging.stg_experiment_assignments AS a
    WHERE CAST(RIGHT(a.unit_id, 2) AS int) <
        CASE
            WHEN LEFT(a.unit_id, 1) = '9' THEN 30
            WHEN LEFT(a.unit_id, 1) IN ('0', '2', '4', '6', '8') THEN 90
            ELSE 80
        END;
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at)
    VALUES ('later', 'u1', 'buy', CAST('2026-01-13' AS datetime2(6)));

    EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_1';

    /* Until the watermark is past the 24 hours of the last day's last unit, that day is not judged. */
    DECLARE @failures int = (SELECT COUNT(*) FROM quality.exposure_checks AS k WHERE k.is_failure = 1);
    EXEC tSQLt.AssertEquals 1, @failures;
    UPDATE staging.stg_conversion_events SET event_at = CAST('2026-01-12T23:59:59' AS datetime2(6)) WHERE event_id = 'later';
    SET @failures = (SELECT COUNT(*) FROM quality.exposure_checks AS k WHERE k.is_failure = 1);
    EXEC tSQLt.AssertEquals 0, @failures;
    UPDATE staging.stg_conversion_events SET event_at = CAST('2026-01-13' AS datetime2(6)) WHERE event_id = 'later';

    SELECT
        s.check_name,
        s.variation_id,
        s.affected_count,
        s.unit_count
    INTO #actual
    FROM quality.exposure_checks AS s
    WHERE s.is_failure = 1;

    SELECT TOP (0)
        a.check_name,
        a.variation_id,
        a.affected_count,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (check_name, variation_id, affected_count, unit_count)
    VALUES ('exposure_rate_drop', 'a', 1, 3);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

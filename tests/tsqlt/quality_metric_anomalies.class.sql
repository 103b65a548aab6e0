/*
quality.metric_anomalies: scores of a day against the days before it. A hundred units of each variation are in the window
every day. The seven days of the tests have the means 10, 12, 11, 13, 9, 11, 10: median 11, MAD 1, quartiles 10 and 11.5
(type 7), by hand.
*/
EXEC tSQLt.NewTestClass 'quality_metric_anomalies';
GO
CREATE PROCEDURE quality_metric_anomalies.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.quality_thresholds';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value)
    VALUES
        ('anomaly_robust_z', 3.5e0), ('anomaly_iqr', 3e0), ('anomaly_sigma', 3e0), ('anomaly_window_days', 14e0),
        ('anomaly_min_days', 7e0), ('anomaly_zero_expected', 7e0), ('freshness_hours', 48e0),
        ('exposure_rate_min', 0.01e0), ('exposure_units_min', 100e0), ('flag_rate_max', 0.01e0),
        ('quarantine_rate_max', 0.05e0);
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-03-01' AS datetime2(6)));
    INSERT INTO marts.experiment_measures
        (experiment_id, analysis_mode, measure_number, event_name, window_start_seconds, window_end_seconds)
    VALUES ('exp_1', 'itt', 1, 'buy', 0, NULL), ('exp_1', 'itt', 2, 'rarely', 0, NULL);
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        anchored_before
    )
    VALUES
        ('exp_1', 'itt', 'm', 1, 'y', 1, 'mean', 'sum', CAST('9999-12-31' AS datetime2(6))),
        ('exp_1', 'itt', 'rare', 1, 'y', 2, 'mean', 'sum', CAST('9999-12-31' AS datetime2(6)));
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT('a', a.digit, b.digit), 'a', 1, 0, CAST('2026-01-01' AS datetime2(6))
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test no units give no rows]
AS
BEGIN
    DELETE FROM marts.fct_experiment_cohort WHERE experiment_id = 'exp_1';
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-04' AS datetime2(6)), 1);

    EXEC tSQLt.AssertEmptyTable 'quality.metric_anomalies';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test one day has nothing to be compared with]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-02' AS datetime2(6)), 1);

    SELECT
        s.unit_count,
        s.active_count,
        s.compared_count,
        ROUND(s.day_mean, 9) AS day_mean,
        ROUND(s.std_error, 9) AS std_error,
        s.robust_z,
        s.iqr_distance,
        s.rate_z,
        s.is_anomaly,
        s.reason_code
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-01' AS date);

    SELECT TOP (0)
        a.unit_count,
        a.active_count,
        a.compared_count,
        a.day_mean,
        a.std_error,
        a.robust_z,
        a.iqr_distance,
        a.rate_z,
        a.is_anomaly,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        unit_count, active_count, compared_count, day_mean, std_error, robust_z, iqr_distance, rate_z, is_anomaly,
        reason_code
    )
    /* One unit has 1000: the squares are 1000^2 - 1000^2 / 100 = 990000, over 99 * 100 the square of 10. */
    VALUES (100, 1, 0, 10e0, 10e0, NULL, NULL, NULL, 0, 'too_few_days');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test a day far from the days before is an anomaly by both scores]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1200e0),
            ('2026-01-03T12:00:00', 1100e0),
            ('2026-01-04T12:00:00', 1300e0),
            ('2026-01-05T12:00:00', 900e0),
            ('2026-01-06T12:00:00', 1100e0),
            ('2026-01-07T12:00:00', 1000e0),
            ('2026-01-08T12:00:00', 2000e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        s.compared_count,
        ROUND(s.median_mean, 9) AS median_mean,
        ROUND(s.robust_z, 9) AS robust_z,
        ROUND(s.iqr_distance, 9) AS iqr_distance,
        s.rate_z,
        s.is_robust_anomaly,
        s.is_iqr_anomaly,
        s.is_rate_anomaly,
        s.is_anomaly,
        s.reason_code
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.compared_count,
        a.median_mean,
        a.robust_z,
        a.iqr_distance,
        a.rate_z,
        a.is_robust_anomaly,
        a.is_iqr_anomaly,
        a.is_rate_anomaly,
        a.is_anomaly,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        compared_count, median_mean, robust_z, iqr_distance, rate_z, is_robust_anomaly, is_iqr_anomaly,
        is_rate_anomaly, is_anomaly, reason_code
    )
    VALUES (7, 11e0, ROUND(0.6745e0 * 9e0, 9), ROUND(8.5e0 / 1.5e0, 9), NULL, 1, 1, 0, 1, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test a day below has negative scores]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1200e0),
            ('2026-01-03T12:00:00', 1100e0),
            ('2026-01-04T12:00:00', 1300e0),
            ('2026-01-05T12:00:00', 900e0),
            ('2026-01-06T12:00:00', 1100e0),
            ('2026-01-07T12:00:00', 1000e0),
            ('2026-01-08T12:00:00', 200e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        ROUND(s.robust_z, 9) AS robust_z,
        ROUND(s.iqr_distance, 9) AS iqr_distance,
        s.is_iqr_anomaly,
        s.is_robust_anomaly
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.robust_z,
        a.iqr_distance,
        a.is_iqr_anomaly,
        a.is_robust_anomaly
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (robust_z, iqr_distance, is_iqr_anomaly, is_robust_anomaly)
    VALUES (ROUND(0.6745e0 * -9e0, 9), ROUND(-8e0 / 1.5e0, 9), 1, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test a day within the quartiles has the distance 0]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1200e0),
            ('2026-01-03T12:00:00', 1100e0),
            ('2026-01-04T12:00:00', 1300e0),
            ('2026-01-05T12:00:00', 900e0),
            ('2026-01-06T12:00:00', 1100e0),
            ('2026-01-07T12:00:00', 1000e0),
            ('2026-01-08T12:00:00', 1150.0e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        ROUND(s.robust_z, 9) AS robust_z,
        ROUND(s.iqr_distance, 9) AS iqr_distance,
        s.is_anomaly
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.robust_z,
        a.iqr_distance,
        a.is_anomaly
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (robust_z, iqr_distance, is_anomaly)
    VALUES (ROUND(0.6745e0 * 0.5e0, 9), 0e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test distances are in standard errors: four times the units, twice the distance]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT('xa', a.digit, b.digit), 'a', 1, 0, CAST('2026-01-08' AS datetime2(6))
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT('ya', a.digit, b.digit), 'a', 1, 0, CAST('2026-01-08' AS datetime2(6))
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT('za', a.digit, b.digit), 'a', 1, 0, CAST('2026-01-08' AS datetime2(6))
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1200e0),
            ('2026-01-03T12:00:00', 1100e0),
            ('2026-01-04T12:00:00', 1300e0),
            ('2026-01-05T12:00:00', 900e0),
            ('2026-01-06T12:00:00', 1100e0),
            ('2026-01-07T12:00:00', 1000e0),
            ('2026-01-08T12:00:00', 5600e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        s.unit_count,
        ROUND(s.day_mean, 9) AS day_mean,
        ROUND(s.robust_z, 9) AS robust_z
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.unit_count,
        a.day_mean,
        a.robust_z
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (unit_count, day_mean, robust_z)
    /* 5600 over 400 units is 14: 3 above the median, times sqrt(400 / 100). */
    VALUES (400, 14e0, ROUND(0.6745e0 * 3e0 * 2e0, 9));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test a score equal to its threshold is no anomaly]
AS
BEGIN
    UPDATE catalog.quality_thresholds SET threshold_value = 2e0 WHERE threshold_id = 'anomaly_iqr';
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1200e0),
            ('2026-01-03T12:00:00', 1100e0),
            ('2026-01-04T12:00:00', 1300e0),
            ('2026-01-05T12:00:00', 900e0),
            ('2026-01-06T12:00:00', 1100e0),
            ('2026-01-07T12:00:00', 1000e0),
            ('2026-01-08T12:00:00', 1450.0e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        ROUND(s.iqr_distance, 9) AS iqr_distance,
        s.is_iqr_anomaly
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.iqr_distance,
        a.is_iqr_anomaly
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (iqr_distance, is_iqr_anomaly)
    VALUES (2e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test six days are too few]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1200e0),
            ('2026-01-03T12:00:00', 1100e0),
            ('2026-01-04T12:00:00', 1300e0),
            ('2026-01-05T12:00:00', 900e0),
            ('2026-01-06T12:00:00', 1100e0),
            ('2026-01-07T12:00:00', 2000e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        s.compared_count,
        s.robust_z,
        s.reason_code
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-07' AS date);

    SELECT TOP (0)
        a.compared_count,
        a.robust_z,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (compared_count, robust_z, reason_code)
    VALUES (6, NULL, 'too_few_days');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test only the days of the window are compared]
AS
BEGIN
    UPDATE catalog.quality_thresholds SET threshold_value = 8e0 WHERE threshold_id = 'anomaly_window_days';
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 50000e0),
            ('2026-01-02T12:00:00', 50000e0),
            ('2026-01-03T12:00:00', 1000e0),
            ('2026-01-04T12:00:00', 1200e0),
            ('2026-01-05T12:00:00', 1100e0),
            ('2026-01-06T12:00:00', 1300e0),
            ('2026-01-07T12:00:00', 900e0),
            ('2026-01-08T12:00:00', 1100e0),
            ('2026-01-09T12:00:00', 1000e0),
            ('2026-01-10T12:00:00', 1100e0),
            ('2026-01-11T12:00:00', 2000e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-12' AS datetime2(6)), 1);

    SELECT
        s.compared_count,
        ROUND(s.median_mean, 9) AS median_mean
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-11' AS date);

    SELECT TOP (0)
        a.compared_count,
        a.median_mean
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (compared_count, median_mean)
    VALUES (8, 11e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test ties: days without spread have no score]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 500e0),
            ('2026-01-02T12:00:00', 500e0),
            ('2026-01-03T12:00:00', 500e0),
            ('2026-01-04T12:00:00', 500e0),
            ('2026-01-05T12:00:00', 500e0),
            ('2026-01-06T12:00:00', 500e0),
            ('2026-01-07T12:00:00', 500e0),
            ('2026-01-08T12:00:00', 500e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        s.compared_count,
        s.robust_z,
        s.iqr_distance,
        s.is_anomaly,
        s.reason_code
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.compared_count,
        a.robust_z,
        a.iqr_distance,
        a.is_anomaly,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (compared_count, robust_z, iqr_distance, is_anomaly, reason_code)
    VALUES (7, NULL, NULL, 0, 'zero_variance');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test a day that the watermark cuts is not judged]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1200e0),
            ('2026-01-03T12:00:00', 1100e0),
            ('2026-01-04T12:00:00', 1300e0),
            ('2026-01-05T12:00:00', 900e0),
            ('2026-01-06T12:00:00', 1100e0),
            ('2026-01-07T12:00:00', 1000e0),
            ('2026-01-08T12:00:00', 2000e0)
    ) AS d (event_at, event_value);

    SELECT
        s.compared_count,
        s.robust_z,
        s.is_anomaly,
        s.reason_code
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.compared_count,
        a.robust_z,
        a.is_anomaly,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (compared_count, robust_z, is_anomaly, reason_code)
    VALUES (0, NULL, 0, 'partial_day');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test another variation is another series, a new one where it began later]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT('b', a.digit, b.digit), 'b', 1, 0, CAST('2026-01-08' AS datetime2(6))
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1200e0),
            ('2026-01-03T12:00:00', 1100e0),
            ('2026-01-04T12:00:00', 1300e0),
            ('2026-01-05T12:00:00', 900e0),
            ('2026-01-06T12:00:00', 1100e0),
            ('2026-01-07T12:00:00', 1000e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('bbuy1', d.event_at), 'b00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-08T12:00:00', 2000e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        s.variation_id,
        s.compared_count,
        s.is_new_series
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.variation_id,
        a.compared_count,
        a.is_new_series
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (variation_id, compared_count, is_new_series)
    VALUES ('a', 7, 0), ('b', 0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test a rate is judged by Laney's chart]
AS
BEGIN
    /* p = 84 / 700; the mean moving range is (5 * .04 + .02) / 6, sigma is that over 1.128; the day lies .12 off. */
    UPDATE marts.experiment_metric_parts SET metric_type = 'proportion', aggregation = 'count', threshold = 1e0
    WHERE experiment_id = 'exp_1';
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT(c.unit_id, 'buy', d.event_at), c.unit_id, 'buy', 1e0, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 10), ('2026-01-02T12:00:00', 14), ('2026-01-03T12:00:00', 10),
            ('2026-01-04T12:00:00', 14), ('2026-01-05T12:00:00', 10), ('2026-01-06T12:00:00', 14),
            ('2026-01-07T12:00:00', 12), ('2026-01-08T12:00:00', 24)
    ) AS d (event_at, unit_count)
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.variation_id = 'a' AND CAST(RIGHT(c.unit_id, 2) AS int) < d.unit_count;
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        ROUND(s.rate_z, 9) AS rate_z,
        s.is_rate_anomaly,
        ROUND(s.expected_active, 9) AS expected_active
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.rate_z,
        a.is_rate_anomaly,
        a.expected_active
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (rate_z, is_rate_anomaly, expected_active)
    VALUES (ROUND(0.12e0 * 1.128e0 / (0.22e0 / 6e0), 9), 1, 12e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test no events where twelve units were expected is a sudden zero; in all variations, a missing day]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT('b', a.digit, b.digit), 'b', 1, 0, CAST('2026-01-01' AS datetime2(6))
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (digit);
    UPDATE marts.experiment_metric_parts SET metric_type = 'proportion', aggregation = 'count', threshold = 1e0
    WHERE experiment_id = 'exp_1';
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT(c.unit_id, 'buy', d.event_at), c.unit_id, 'buy', 1e0, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 10), ('2026-01-02T12:00:00', 14), ('2026-01-03T12:00:00', 10),
            ('2026-01-04T12:00:00', 14), ('2026-01-05T12:00:00', 10), ('2026-01-06T12:00:00', 14),
            ('2026-01-07T12:00:00', 12), ('2026-01-08T12:00:00', 0), ('2026-01-09T12:00:00', 0)
    ) AS d (event_at, unit_count)
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.variation_id = 'a' AND CAST(RIGHT(c.unit_id, 2) AS int) < d.unit_count;
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT(c.unit_id, 'buy', d.event_at), c.unit_id, 'buy', 1e0, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 10), ('2026-01-02T12:00:00', 14), ('2026-01-03T12:00:00', 10),
            ('2026-01-04T12:00:00', 14), ('2026-01-05T12:00:00', 10), ('2026-01-06T12:00:00', 14),
            ('2026-01-07T12:00:00', 12), ('2026-01-08T12:00:00', 9), ('2026-01-09T12:00:00', 0)
    ) AS d (event_at, unit_count)
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.variation_id = 'b' AND CAST(RIGHT(c.unit_id, 2) AS int) < d.unit_count;
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-10' AS datetime2(6)), 1);

    SELECT
        s.metric_date,
        s.variation_id,
        s.is_sudden_zero,
        s.is_missing_day
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date >= CAST('2026-01-08' AS date) AND s.reason_code IS NULL;

    SELECT TOP (0)
        a.metric_date,
        a.variation_id,
        a.is_sudden_zero,
        a.is_missing_day
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_date, variation_id, is_sudden_zero, is_missing_day)
    VALUES
        (CAST('2026-01-08' AS date), 'a', 1, 0), (CAST('2026-01-08' AS date), 'b', 0, 0),
        (CAST('2026-01-09' AS date), 'a', 1, 1), (CAST('2026-01-09' AS date), 'b', 1, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test no events where seven units were expected is a sudden zero, where six were it is none]
AS
BEGIN
    UPDATE marts.experiment_metric_parts SET metric_type = 'proportion', aggregation = 'count', threshold = 1e0
    WHERE experiment_id = 'exp_1';
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT(c.unit_id, 'buy', d.event_at), c.unit_id, 'buy', 1e0, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 7), ('2026-01-02T12:00:00', 7), ('2026-01-03T12:00:00', 7),
            ('2026-01-04T12:00:00', 7), ('2026-01-05T12:00:00', 7), ('2026-01-06T12:00:00', 7),
            ('2026-01-07T12:00:00', 7)
    ) AS d (event_at, unit_count)
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.variation_id = 'a' AND CAST(RIGHT(c.unit_id, 2) AS int) < d.unit_count;
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT(c.unit_id, 'rarely', d.event_at), c.unit_id, 'rarely', 1e0, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 6), ('2026-01-02T12:00:00', 6), ('2026-01-03T12:00:00', 6),
            ('2026-01-04T12:00:00', 6), ('2026-01-05T12:00:00', 6), ('2026-01-06T12:00:00', 6),
            ('2026-01-07T12:00:00', 6)
    ) AS d (event_at, unit_count)
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.variation_id = 'a' AND CAST(RIGHT(c.unit_id, 2) AS int) < d.unit_count;
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-09' AS datetime2(6)), 1);

    SELECT
        s.metric_id,
        s.is_sudden_zero,
        s.is_missing_day
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_date = CAST('2026-01-08' AS date);

    SELECT TOP (0)
        a.metric_id,
        a.is_sudden_zero,
        a.is_missing_day
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, is_sudden_zero, is_missing_day)
    VALUES ('m', 1, 1), ('rare', 0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_metric_anomalies.[test events that came late are said]
AS
BEGIN
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy1', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 1
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 1000e0),
            ('2026-01-02T12:00:00', 1100e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_value, event_at, load_id)
    SELECT CONCAT('abuy2', d.event_at), 'a00', 'buy', d.event_value, CAST(d.event_at AS datetime2(6)), 2
    FROM
    (
        VALUES
            ('2026-01-01T12:00:00', 100e0)
    ) AS d (event_at, event_value);
    INSERT INTO staging.stg_conversion_events (event_id, unit_id, event_name, event_at, load_id)
    VALUES ('watermark', 'nobody', 'other', CAST('2026-01-03' AS datetime2(6)), 1);

    SELECT
        s.metric_date,
        s.late_event_count,
        s.is_late_day
    INTO #actual
    FROM quality.metric_anomalies AS s
    WHERE s.metric_id = 'm' AND s.metric_date < CAST('2026-01-03' AS date);

    SELECT TOP (0)
        a.metric_date,
        a.late_event_count,
        a.is_late_day
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_date, late_event_count, is_late_day)
    VALUES (CAST('2026-01-01' AS date), 1, 1), (CAST('2026-01-02' AS date), 0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

/*
marts.replay_buckets and marts.replay_source_buckets: sums by hash bucket for an A/A replay. The expected sums are worked
out by hand from the few values of each test; the bucket of a unit is that of catalog.assignment_bucket, which has known
answers of its own.
*/
EXEC tSQLt.NewTestClass 'marts_replay_buckets';
GO
CREATE PROCEDURE marts_replay_buckets.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_units';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'ops.load_log';
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES
        ('exp_1', 1, 'control', 1),
        ('exp_1', 2, 'treatment', 1);
    /* revenue: sum of values, 0 without events. dearest: NULL without events. per_visit: a ratio with a covariate. */
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        threshold, is_zero_filled, part_count, mature_seconds, anchored_before, winsor_nonzero, center_value
    )
    VALUES
        (
            'exp_1', 'itt', 'revenue', 1, 'y', 1, 'mean', 'sum', NULL, 1, 1, 86400, CAST('9999-12-31' AS datetime2(6)),
            0, 2e0
        ),
        (
            'exp_1', 'itt', 'bought', 1, 'y', 1, 'proportion', 'count', 2e0, 1, 1, 0, CAST('9999-12-31' AS datetime2(6)),
            0, 5e-1
        ),
        (
            'exp_1', 'itt', 'dearest', 1, 'y', 1, 'mean', 'max', NULL, 0, 1, 0, CAST('9999-12-31' AS datetime2(6)), 0, 0e0
        ),
        (
            'exp_1', 'itt', 'per_visit', 1, 'y', 1, 'ratio', 'sum', NULL, 1, 3, 0, CAST('9999-12-31' AS datetime2(6)), 0,
            1e0
        ),
        (
            'exp_1', 'itt', 'per_visit', 1, 'd', 2, 'ratio', 'count', NULL, 1, 3, 0, CAST('9999-12-31' AS datetime2(6)),
            0, 2e0
        ),
        (
            'exp_1', 'itt', 'per_visit', 1, 'x', 3, 'ratio', 'count', NULL, 1, 3, 0, CAST('9999-12-31' AS datetime2(6)),
            0, 3e0
        );
END;
GO
CREATE PROCEDURE marts_replay_buckets.[test no units give no rows]
AS
BEGIN
    SELECT b.metric_id
    INTO #actual
    FROM marts.replay_buckets('exp_1', 'itt', NULL, NULL, 'salt', CAST('2026-02-01' AS datetime2(6))) AS b;

    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE marts_replay_buckets.[test a unit without events is a zero of sums and no value of maxima]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES ('exp_1', 'u1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6)));

    SELECT
        b.metric_id,
        b.bucket,
        b.unit_count,
        b.success_count,
        b.missing_covariate_count,
        b.sum_y,
        b.sum_yy,
        b.sum_d,
        b.sum_yd,
        b.sum_x,
        b.sum_yx
    INTO #actual
    FROM marts.replay_buckets('exp_1', 'itt', NULL, NULL, 'salt', CAST('2026-02-01' AS datetime2(6))) AS b;
    SELECT TOP (0)
        a.metric_id,
        a.bucket,
        a.unit_count,
        a.success_count,
        a.missing_covariate_count,
        a.sum_y,
        a.sum_yy,
        a.sum_d,
        a.sum_yd,
        a.sum_x,
        a.sum_yx
    INTO #expected
    FROM #actual AS a;
    /* 0 about each constant: revenue -2 and 4; bought -1/2 and 1/4; per visit -1, -2 and -3, products 2 and 3. */
    INSERT INTO #expected
    (
        metric_id, bucket, unit_count, success_count, missing_covariate_count, sum_y, sum_yy, sum_d, sum_yd, sum_x,
        sum_yx
    )
    SELECT
        v.metric_id,
        h.bucket,
        v.unit_count,
        v.success_count,
        v.missing_covariate_count,
        v.sum_y,
        v.sum_yy,
        v.sum_d,
        v.sum_yd,
        v.sum_x,
        v.sum_yx
    FROM
    (
        VALUES
            ('revenue', 1, NULL, NULL, -2e0, 4e0, NULL, NULL, NULL, NULL),
            ('bought', 1, 0, NULL, -5e-1, 25e-2, NULL, NULL, NULL, NULL),
            ('dearest', 0, NULL, NULL, 0e0, 0e0, NULL, NULL, NULL, NULL),
            ('per_visit', 1, NULL, 1, -1e0, 1e0, -2e0, 2e0, -3e0, 3e0)
    ) AS v (
        metric_id, unit_count, success_count, missing_covariate_count, sum_y, sum_yy, sum_d, sum_yd, sum_x, sum_yx
    )
    CROSS APPLY catalog.assignment_bucket('salt', 'u1') AS h;
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_replay_buckets.[test units of one bucket are summed, ripe ones of the asked variation only]
AS
BEGIN
    /* All share the household and so the bucket; u4 is of the treatment, u5 is excluded, u3 is not ripe for revenue. */
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u3', 3, 'control', 1, 1, 1, 0, CAST('2026-01-31T12:00:00' AS datetime2(6))),
        ('exp_1', 'u4', 4, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u5', 5, 'control', 1, 1, 0, 0, CAST('2026-01-02' AS datetime2(6)));
    INSERT INTO staging.stg_unit_attributes (unit_id, attribute, attribute_value, valid_from)
    SELECT
        v.unit_id,
        v.attribute,
        v.attribute_value,
        CAST(v.valid_from AS datetime2(6)) AS valid_from
    FROM
    (
        VALUES
            ('u1', 'household', 'h1', '2026-01-01'),
            ('u2', 'household', 'h9', '2026-01-01'),
            ('u2', 'household', 'h1', '2026-01-02'),
            ('u3', 'household', 'h1', '2026-01-01'),
            ('u4', 'household', 'h1', '2026-01-01'),
            ('u5', 'household', 'h1', '2026-01-01'),
            ('u1', 'country', 'DE', '2026-01-01')
    ) AS v (unit_id, attribute, attribute_value, valid_from);
    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, measure_number, unit_number, member_number, arm_number, event_count, value_count, sum_value,
        min_value, max_value, anchor_at, first_at
    )
    SELECT
        'exp_1' AS experiment_id,
        1 AS measure_number,
        v.unit_number,
        0 AS member_number,
        v.arm_number,
        v.event_count,
        v.event_count AS value_count,
        v.sum_value,
        v.max_value AS min_value,
        v.max_value,
        CAST(v.anchor_at AS datetime2(6)) AS anchor_at,
        CAST(v.anchor_at AS datetime2(6)) AS first_at
    FROM
    (
        VALUES
            (1, 1, 2, 10e0, 6e0, '2026-01-02'),
            (3, 1, 1, 4e0, 4e0, '2026-01-31T12:00:00'),
            (4, 2, 1, 7e0, 7e0, '2026-01-02'),
            (5, 1, 1, 8e0, 8e0, '2026-01-02')
    ) AS v (unit_number, arm_number, event_count, sum_value, max_value, anchor_at);

    SELECT
        b.metric_id,
        b.bucket,
        b.unit_count,
        b.success_count,
        b.sum_y,
        b.sum_yy
    INTO #actual
    FROM marts.replay_buckets('exp_1', 'itt', 'control', 'household', 'salt', CAST('2026-02-01' AS datetime2(6))) AS b
    WHERE b.metric_id <> 'per_visit';
    SELECT TOP (0)
        a.metric_id,
        a.bucket,
        a.unit_count,
        a.success_count,
        a.sum_y,
        a.sum_yy
    INTO #expected
    FROM #actual AS a;
    /* Revenue of u1 and u2 about 2: 8 and -2. Bought twice about 1/2: 1/2, -1/2, -1/2. Dearest about 0: 6 and 4. */
    INSERT INTO #expected (metric_id, bucket, unit_count, success_count, sum_y, sum_yy)
    SELECT
        v.metric_id,
        h.bucket,
        v.unit_count,
        v.success_count,
        v.sum_y,
        v.sum_yy
    FROM
    (
        VALUES
            ('revenue', 2, NULL, 6e0, 68e0),
            ('bought', 3, 1, -5e-1, 75e-2),
            ('dearest', 2, NULL, 10e0, 52e0)
    ) AS v (metric_id, unit_count, success_count, sum_y, sum_yy)
    CROSS APPLY catalog.assignment_bucket('salt', 'h1') AS h;
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_replay_buckets.[test units fall into buckets by their own hash, and sums over buckets are those of all]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'control', 1, 1, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u3', 3, 'treatment', 1, 2, 1, 0, CAST('2026-01-02' AS datetime2(6)));

    SELECT
        b.bucket,
        b.unit_count
    INTO #actual
    FROM marts.replay_buckets('exp_1', 'itt', NULL, 'household', 'other', CAST('2026-02-01' AS datetime2(6))) AS b
    WHERE b.metric_id = 'revenue';
    SELECT TOP (0)
        a.bucket,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (bucket, unit_count)
    SELECT
        h.bucket,
        COUNT_BIG(*) AS unit_count
    FROM marts.fct_experiment_cohort AS c
    CROSS APPLY catalog.assignment_bucket('other', c.unit_id) AS h
    GROUP BY h.bucket;
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_replay_buckets.[test a source without events gives no rows]
AS
BEGIN
    SELECT b.measure
    INTO #actual
    FROM marts.replay_source_buckets('events', 'salt') AS b;

    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE marts_replay_buckets.[test measures of a source are sums about the mean of all its units]
AS
BEGIN
    INSERT INTO ops.load_log (load_id, source)
    VALUES (1, 'events'), (2, 'commerce_events');
    /* u1 buys twice, 4 and 8; u2 visits twice, without value. The middle of the time is noon. u3 is of another source. */
    INSERT INTO staging.stg_conversion_events (event_id, load_id, unit_id, event_name, event_value, event_at)
    VALUES
        ('e1', 1, 'u1', 'purchase', 4e0, CAST('2026-01-02T00:00:00' AS datetime2(6))),
        ('e2', 1, 'u1', 'purchase', 8e0, CAST('2026-01-02T12:00:00' AS datetime2(6))),
        ('e3', 1, 'u2', 'visit', NULL, CAST('2026-01-02T01:00:00' AS datetime2(6))),
        ('e4', 1, 'u2', 'visit', NULL, CAST('2026-01-03T00:00:00' AS datetime2(6))),
        ('e5', 2, 'u3', 'purchase', 5e0, CAST('2026-01-02T00:00:00' AS datetime2(6)));

    SELECT
        b.measure,
        u.unit_id,
        b.unit_count,
        b.success_count,
        b.center_y,
        b.sum_y,
        b.sum_yy,
        b.sum_d,
        b.sum_yd,
        b.sum_x,
        b.sum_yx
    INTO #actual
    FROM marts.replay_source_buckets('events', 'salt') AS b
    INNER JOIN
    (
        SELECT
            n.unit_id,
            h.bucket
        FROM (VALUES ('u1'), ('u2'), ('u3')) AS n (unit_id)
        CROSS APPLY catalog.assignment_bucket('salt', n.unit_id) AS h
    ) AS u
        ON u.bucket = b.bucket
    WHERE b.event_name = 'purchase';
    SELECT TOP (0)
        a.measure,
        a.unit_id,
        a.unit_count,
        a.success_count,
        a.center_y,
        a.sum_y,
        a.sum_yy,
        a.sum_d,
        a.sum_yd,
        a.sum_x,
        a.sum_yx
    INTO #expected
    FROM #actual AS a;
    /*
    Means over the two units: share 1/2, count 1, sum 6, values 1, late 1/2, early 1/2. u1 lies above each by as much as
    u2, without a purchase, lies below.
    */
    INSERT INTO #expected
        (measure, unit_id, unit_count, success_count, center_y, sum_y, sum_yy, sum_d, sum_yd, sum_x, sum_yx)
    VALUES
        ('share', 'u1', 1, 1, 5e-1, 5e-1, 25e-2, NULL, NULL, NULL, NULL),
        ('share', 'u2', 1, 0, 5e-1, -5e-1, 25e-2, NULL, NULL, NULL, NULL),
        ('count', 'u1', 1, NULL, 1e0, 1e0, 1e0, NULL, NULL, NULL, NULL),
        ('count', 'u2', 1, NULL, 1e0, -1e0, 1e0, NULL, NULL, NULL, NULL),
        ('sum', 'u1', 1, NULL, 6e0, 6e0, 36e0, NULL, NULL, NULL, NULL),
        ('sum', 'u2', 1, NULL, 6e0, -6e0, 36e0, NULL, NULL, NULL, NULL),
        ('average', 'u1', 1, NULL, 6e0, 6e0, 36e0, 1e0, 6e0, NULL, NULL),
        ('average', 'u2', 1, NULL, 6e0, -6e0, 36e0, -1e0, 6e0, NULL, NULL),
        ('later', 'u1', 1, NULL, 5e-1, 5e-1, 25e-2, NULL, NULL, 5e-1, 25e-2),
        ('later', 'u2', 1, NULL, 5e-1, -5e-1, 25e-2, NULL, NULL, -5e-1, 25e-2);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

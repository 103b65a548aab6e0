/*
marts.load_agg_experiment_metric_daily, and marts.load_agg_experiment_metric_by_variant for metrics with a window: what
each day adds to an aggregate; and marts.experiment_metric_cumulative, its running sums. The watermark is 10 January at
noon.
*/
EXEC tSQLt.NewTestClass 'marts_load_agg_experiment_metric_daily';
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_daily.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_members';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_units';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    EXEC tSQLt.FakeTable 'marts.filter_events';
    EXEC tSQLt.FakeTable 'marts.event_attributes';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_daily';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_variant';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_dimension';
    EXEC tSQLt.FakeTable 'marts.experiment_unit_dimensions';
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES
        ('exp_1', 1, 'a', 1);
    INSERT INTO catalog.experiments (experiment_id, start_at, end_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)), CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO marts.experiment_measures
    (
        experiment_id, analysis_mode, measure_number, event_name, window_start_seconds, window_end_seconds,
        has_distinct_values, has_distinct_days
    )
    VALUES ('exp_1', 'itt', 1, 'buy', 0, 86400, 0, 0), ('exp_1', 'itt', 2, 'buy', 0, NULL, 0, 0);
    INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, assigned_at)
    VALUES ('exp_0', 'last', CAST('2026-01-10T12:00:00' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_daily.[test no units give no rows]
AS
BEGIN
    EXEC marts.load_agg_experiment_metric_daily @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_daily';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_daily.[test a unit enters a windowed metric when the window is over]
AS
BEGIN
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        is_zero_filled, part_count, mature_seconds, anchored_before, center_value
    )
    VALUES
    (
        'exp_1', 'itt', 'revenue', 1, 'y', 1, 'mean', 'sum', 1, 1, 86400, CAST('9999-12-31' AS datetime2(6)), 0e0
    );
    /* u1 buys for 5, u2 nothing; u3 is over at the watermark, u4 a microsecond later. */
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-02T10:00:00' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'a', 1, 1, 1, 0, CAST('2026-01-02T11:00:00' AS datetime2(6))),
        ('exp_1', 'u3', 3, 'a', 1, 1, 1, 0, CAST('2026-01-09T12:00:00' AS datetime2(6))),
        ('exp_1', 'u4', 4, 'a', 1, 1, 1, 0, CAST('2026-01-09T12:00:00.000001' AS datetime2(6)));
    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, measure_number, unit_number, member_number, arm_number, event_count, value_count, sum_value,
        anchor_at, first_at
    )
    VALUES
    (
        'exp_1', 1, 1, 0, 1, 1, 1, 5e0, CAST('2026-01-02T10:00:00' AS datetime2(6)),
        CAST('2026-01-02T12:00:00' AS datetime2(6))
    );

    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_daily @experiment_id = 'exp_1';

    SELECT
        d.metric_date,
        d.n_assigned,
        d.n_units,
        ROUND(CAST(d.n_units AS float) * d.center_value + d.sum_centered, 9) AS sum_value,
        ROUND
        (
            d.sum_centered_sq + 2e0 * d.center_value * d.sum_centered
                + CAST(d.n_units AS float) * d.center_value * d.center_value, 9
        ) AS sum_squares
    INTO #actual
    FROM marts.agg_experiment_metric_daily AS d;
    SELECT TOP (0)
        a.metric_date,
        a.n_assigned,
        a.n_units,
        a.sum_value,
        a.sum_squares
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_date, n_assigned, n_units, sum_value, sum_squares)
    VALUES
        (CAST('2026-01-02' AS date), 2, 0, 0e0, 0e0), (CAST('2026-01-03' AS date), 0, 2, 5e0, 25e0),
        (CAST('2026-01-09' AS date), 2, 0, 0e0, 0e0), (CAST('2026-01-10' AS date), 0, 1, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_daily.[test a value without a window grows on the days of its events]
AS
BEGIN
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        threshold, is_zero_filled, part_count, mature_seconds, anchored_before, center_value
    )
    VALUES
        (
            'exp_1', 'itt', 'revenue', 1, 'y', 2, 'mean', 'sum', NULL, 1, 1, 0, CAST('9999-12-31' AS datetime2(6)), 0e0
        ),
        (
            'exp_1', 'itt', 'largest', 1, 'y', 2, 'mean', 'max', NULL, 0, 1, 0, CAST('9999-12-31' AS datetime2(6)), 0e0
        ),
        (
            'exp_1', 'itt', 'twice', 1, 'y', 2, 'proportion', 'count', 2e0, 1, 1, 0,
            CAST('9999-12-31' AS datetime2(6)), 0e0
        );
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-02T10:00:00' AS datetime2(6))),
        ('exp_1', 'u2', 2, 'a', 1, 1, 1, 0, CAST('2026-01-02T11:00:00' AS datetime2(6)));
    /* u1: 3 and 4 on the 2nd, 1 on the 5th; u2 nothing. */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 1, 1, 'buy', 3e0, CAST('2026-01-02T12:00:00' AS datetime2(6))),
        ('e2', 'u1', 1, 2, 'buy', 4e0, CAST('2026-01-02T13:00:00' AS datetime2(6))),
        ('e3', 'u1', 1, 3, 'buy', 1e0, CAST('2026-01-05T00:00:00' AS datetime2(6)));
    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, measure_number, unit_number, member_number, arm_number, event_count, value_count, sum_value,
        min_value, max_value, anchor_at, first_at
    )
    VALUES
    (
        'exp_1', 2, 1, 0, 1, 3, 3, 8e0, 1e0, 4e0, CAST('2026-01-02T10:00:00' AS datetime2(6)),
        CAST('2026-01-02T12:00:00' AS datetime2(6))
    );

    EXEC marts.load_agg_experiment_metric_daily @experiment_id = 'exp_1';

    SELECT
        d.metric_id,
        d.metric_date,
        d.n_assigned,
        d.n_units,
        d.success_count,
        ROUND(d.sum_centered, 9) AS sum_centered,
        ROUND(d.sum_centered_sq, 9) AS sum_centered_sq
    INTO #actual
    FROM marts.agg_experiment_metric_daily AS d;
    SELECT TOP (0)
        a.metric_id,
        a.metric_date,
        a.n_assigned,
        a.n_units,
        a.success_count,
        a.sum_centered,
        a.sum_centered_sq
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, metric_date, n_assigned, n_units, success_count, sum_centered, sum_centered_sq)
    /* The sum goes from 7 to 8, its square from 49 to 64; the largest stays 4; two events are reached on the 2nd. */
    VALUES
        ('revenue', CAST('2026-01-02' AS date), 2, 2, NULL, 7e0, 49e0),
        ('revenue', CAST('2026-01-05' AS date), 0, 0, NULL, 1e0, 15e0),
        ('largest', CAST('2026-01-02' AS date), 2, 1, NULL, 4e0, 16e0),
        ('largest', CAST('2026-01-05' AS date), 0, 0, NULL, 0e0, 0e0),
        ('twice', CAST('2026-01-02' AS date), 2, 2, 1, 1e0, 1e0),
        ('twice', CAST('2026-01-05' AS date), 0, 0, 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_daily.[test a ratio grows in both parts and in their product]
AS
BEGIN
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        is_zero_filled, part_count, mature_seconds, anchored_before, center_value
    )
    VALUES
        ('exp_1', 'itt', 'price', 1, 'y', 2, 'ratio', 'sum', 1, 2, 0, CAST('9999-12-31' AS datetime2(6)), 0e0),
        ('exp_1', 'itt', 'price', 1, 'd', 2, 'ratio', 'count', 1, 2, 0, CAST('9999-12-31' AS datetime2(6)), 0e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-02T10:00:00' AS datetime2(6)));
    /* 3 and 4 on the 2nd, 1 on the 5th. */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 1, 1, 'buy', 3e0, CAST('2026-01-02T12:00:00' AS datetime2(6))),
        ('e2', 'u1', 1, 2, 'buy', 4e0, CAST('2026-01-02T13:00:00' AS datetime2(6))),
        ('e3', 'u1', 1, 3, 'buy', 1e0, CAST('2026-01-05T00:00:00' AS datetime2(6)));
    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, measure_number, unit_number, member_number, arm_number, event_count, value_count, sum_value,
        min_value, max_value, anchor_at, first_at
    )
    VALUES
    (
        'exp_1', 2, 1, 0, 1, 3, 3, 8e0, 1e0, 4e0, CAST('2026-01-02T10:00:00' AS datetime2(6)),
        CAST('2026-01-02T12:00:00' AS datetime2(6))
    );

    EXEC marts.load_agg_experiment_metric_daily @experiment_id = 'exp_1';

    SELECT
        d.metric_date,
        d.n_units,
        ROUND(d.sum_centered, 9) AS sum_centered,
        ROUND(d.sum_centered_sq, 9) AS sum_centered_sq,
        ROUND(d.sum_d, 9) AS sum_d,
        ROUND(d.sum_dd, 9) AS sum_dd,
        ROUND(d.sum_yd, 9) AS sum_yd
    INTO #actual
    FROM marts.agg_experiment_metric_daily AS d;
    SELECT TOP (0)
        a.metric_date,
        a.n_units,
        a.sum_centered,
        a.sum_centered_sq,
        a.sum_d,
        a.sum_dd,
        a.sum_yd
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_date, n_units, sum_centered, sum_centered_sq, sum_d, sum_dd, sum_yd)
    /* From 0 to 7 over 2, then to 8 over 3: squares 49 and 64, 4 and 9, products 14 and 24. */
    VALUES
        (CAST('2026-01-02' AS date), 1, 7e0, 49e0, 2e0, 4e0, 14e0),
        (CAST('2026-01-05' AS date), 0, 1e0, 15e0, 1e0, 5e0, 10e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_daily.[test events before the anchor count from the day the unit enters]
AS
BEGIN
    INSERT INTO marts.experiment_measures
    (
        experiment_id, analysis_mode, measure_number, event_name, window_start_seconds, window_end_seconds,
        has_distinct_values, has_distinct_days
    )
    VALUES ('exp_1', 'itt', 3, 'buy', -172800, NULL, 0, 0);
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        is_zero_filled, part_count, mature_seconds, anchored_before, center_value
    )
    VALUES
        ('exp_1', 'itt', 'revenue', 1, 'y', 3, 'mean', 'sum', 1, 1, 0, CAST('9999-12-31' AS datetime2(6)), 0e0),
        ('exp_1', 'itt', 'largest', 1, 'y', 3, 'mean', 'max', 0, 1, 0, CAST('9999-12-31' AS datetime2(6)), 0e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-02T10:00:00' AS datetime2(6)));
    /* 3 a day before the anchor, 4 on the 5th. */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'u1', 1, 1, 'buy', 3e0, CAST('2026-01-01T12:00:00' AS datetime2(6))),
        ('e2', 'u1', 1, 2, 'buy', 4e0, CAST('2026-01-05T00:00:00' AS datetime2(6)));

    EXEC marts.load_agg_experiment_metric_daily @experiment_id = 'exp_1';

    SELECT
        d.metric_id,
        d.metric_date,
        d.n_assigned,
        d.n_units,
        ROUND(d.sum_centered, 9) AS sum_centered,
        ROUND(d.sum_centered_sq, 9) AS sum_centered_sq
    INTO #actual
    FROM marts.agg_experiment_metric_daily AS d;
    SELECT TOP (0)
        a.metric_id,
        a.metric_date,
        a.n_assigned,
        a.n_units,
        a.sum_centered,
        a.sum_centered_sq
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, metric_date, n_assigned, n_units, sum_centered, sum_centered_sq)
    /* The sum goes from 3 to 7, the largest from 3 to 4. */
    VALUES
        ('revenue', CAST('2026-01-02' AS date), 1, 1, 3e0, 9e0),
        ('revenue', CAST('2026-01-05' AS date), 0, 0, 4e0, 40e0),
        ('largest', CAST('2026-01-02' AS date), 1, 1, 3e0, 9e0),
        ('largest', CAST('2026-01-05' AS date), 0, 0, 1e0, 7e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_daily.[test clusters: a member counts from its first value, not from its first event]
AS
BEGIN
    UPDATE x
    SET cluster_attribute = 'account'
    FROM catalog.experiments AS x
    WHERE x.experiment_id = 'exp_1';
    INSERT INTO marts.experiment_members (experiment_id, unit_number, member_number, unit_id)
    VALUES ('exp_1', 1, 1, 'm1'), ('exp_1', 1, 2, 'm2');
    INSERT INTO marts.experiment_metric_parts
    (
        experiment_id, analysis_mode, metric_id, metric_version, part_name, measure_number, metric_type, aggregation,
        is_zero_filled, part_count, mature_seconds, anchored_before, center_value
    )
    VALUES
        ('exp_1', 'itt', 'average', 1, 'y', 2, 'mean', 'avg', 0, 2, 0, CAST('9999-12-31' AS datetime2(6)), 0e0),
        ('exp_1', 'itt', 'average', 1, 'd', 0, 'mean', 'count', 1, 2, 0, CAST('9999-12-31' AS datetime2(6)), 0e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES ('exp_1', 'u1', 1, 'a', 1, 1, 1, 0, CAST('2026-01-02T10:00:00' AS datetime2(6)));
    INSERT INTO marts.experiment_measure_units
    (
        experiment_id, measure_number, unit_number, member_number, arm_number, event_count, value_count, anchor_at,
        first_at
    )
    VALUES
        (
            'exp_1', 0, 1, 1, 1, 1, 0, CAST('2026-01-02T10:00:00' AS datetime2(6)),
            CAST('2026-01-02T10:00:00' AS datetime2(6))
        ),
        (
            'exp_1', 0, 1, 2, 1, 1, 0, CAST('2026-01-02T10:00:00' AS datetime2(6)),
            CAST('2026-01-02T10:00:00' AS datetime2(6))
        );
    /* m1 has no value on the 2nd and 6 on the 5th, m2 has 2 on the 3rd. */
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, event_value, event_at)
    VALUES
        ('e1', 'm1', 1, 1, 'buy', NULL, CAST('2026-01-02T12:00:00' AS datetime2(6))),
        ('e2', 'm2', 1, 2, 'buy', 2e0, CAST('2026-01-03T12:00:00' AS datetime2(6))),
        ('e3', 'm1', 1, 3, 'buy', 6e0, CAST('2026-01-05T12:00:00' AS datetime2(6)));

    EXEC marts.load_agg_experiment_metric_daily @experiment_id = 'exp_1';

    SELECT
        d.metric_date,
        d.n_units,
        ROUND(d.sum_centered, 9) AS sum_centered,
        ROUND(d.sum_centered_sq, 9) AS sum_centered_sq,
        ROUND(d.sum_d, 9) AS sum_d,
        ROUND(d.sum_dd, 9) AS sum_dd,
        ROUND(d.sum_yd, 9) AS sum_yd
    INTO #actual
    FROM marts.agg_experiment_metric_daily AS d;
    SELECT TOP (0)
        a.metric_date,
        a.n_units,
        a.sum_centered,
        a.sum_centered_sq,
        a.sum_d,
        a.sum_dd,
        a.sum_yd
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_date, n_units, sum_centered, sum_centered_sq, sum_d, sum_dd, sum_yd)
    /* Nothing, then 2 of one member, then 8 of two: squares 4 and 64, 1 and 4, products 2 and 16. */
    VALUES
        (CAST('2026-01-02' AS date), 0, 0e0, 0e0, 0e0, 0e0, 0e0),
        (CAST('2026-01-03' AS date), 1, 2e0, 4e0, 1e0, 1e0, 2e0),
        (CAST('2026-01-05' AS date), 0, 6e0, 60e0, 1e0, 3e0, 14e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_daily.[test running sums are 0 before a variation's first day and lack what the metric lacks]
AS
BEGIN
    /* A proportion of variations a and b, b a day later; a ratio with a covariate of b alone. */
    INSERT INTO marts.agg_experiment_metric_daily
    (
        experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, metric_date, n_assigned,
        n_units, success_count, center_value, center_d, center_x, sum_centered, sum_d, sum_dx, missing_covariate_count
    )
    VALUES
        ('exp_1', 'itt', 'rate', 1, 'a', 1, CAST('2026-01-02' AS date), 3, 3, 2, 0e0, NULL, NULL, 2e0, NULL, NULL, NULL),
        ('exp_1', 'itt', 'rate', 1, 'b', 1, CAST('2026-01-03' AS date), 2, 2, 1, 0e0, NULL, NULL, 1e0, NULL, NULL, NULL),
        ('exp_1', 'itt', 'price', 1, 'b', 1, CAST('2026-01-03' AS date), 2, 2, NULL, 0e0, 0e0, 0e0, 5e0, 4e0, 6e0, 1);

    SELECT
        c.metric_id,
        c.variation_id,
        c.metric_date,
        c.n_units,
        c.success_count,
        c.sum_centered,
        c.sum_d,
        c.sum_dx,
        c.sum_xw,
        c.missing_covariate_count
    INTO #actual
    FROM marts.experiment_metric_cumulative AS c;
    SELECT TOP (0)
        a.metric_id,
        a.variation_id,
        a.metric_date,
        a.n_units,
        a.success_count,
        a.sum_centered,
        a.sum_d,
        a.sum_dx,
        a.sum_xw,
        a.missing_covariate_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        metric_id, variation_id, metric_date, n_units, success_count, sum_centered, sum_d, sum_dx, sum_xw,
        missing_covariate_count
    )
    VALUES
        ('rate', 'a', CAST('2026-01-02' AS date), 3, 2, 2e0, NULL, NULL, NULL, NULL),
        ('rate', 'a', CAST('2026-01-03' AS date), 3, 2, 2e0, NULL, NULL, NULL, NULL),
        ('rate', 'b', CAST('2026-01-02' AS date), 0, 0, 0e0, NULL, NULL, NULL, NULL),
        ('rate', 'b', CAST('2026-01-03' AS date), 2, 1, 1e0, NULL, NULL, NULL, NULL),
        ('price', 'b', CAST('2026-01-02' AS date), 0, NULL, 0e0, 0e0, 0e0, NULL, 0),
        ('price', 'b', CAST('2026-01-03' AS date), 2, NULL, 5e0, 4e0, 6e0, NULL, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

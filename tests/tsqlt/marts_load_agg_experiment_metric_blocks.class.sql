/*
marts.load_agg_experiment_metric_blocks on rows worked out by hand: two units in the north (n1, n2), one that moved
from the north to the south (s1), one without a region (x). A burn-in of two hours; the watermark is 2026-01-03.
*/
EXEC tSQLt.NewTestClass 'marts_load_agg_experiment_metric_blocks';
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_blocks.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.experiment_blocks';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'catalog.metric_filters';
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_exposures';
    EXEC tSQLt.FakeTable 'staging.stg_experiment_assignments';
    EXEC tSQLt.FakeTable 'staging.stg_unit_attributes';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.event_attributes';
    EXEC tSQLt.FakeTable 'marts.event_attribute_loads';
    EXEC tSQLt.FakeTable 'marts.filter_events';
    EXEC tSQLt.FakeTable 'marts.filter_event_loads';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_blocks';
    INSERT INTO catalog.experiments (experiment_id, start_at, computed_modes, region_attribute, burn_in_hours)
    VALUES ('exp_1', CAST('2026-01-02' AS datetime2(6)), 'itt', 'city', 2e0);
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
    VALUES ('exp_1', 'off', 1, 0.5e0), ('exp_1', 'on', 0, 0.5e0);
    INSERT INTO catalog.experiment_blocks
        (experiment_id, region, block_start_at, block_end_at, stratum, variation_id)
    VALUES
        ('exp_1', 'north', CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-02T12:00:00' AS datetime2(6)), 'd2', 'on'),
        ('exp_1', 'north', CAST('2026-01-02T12:00:00' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6)), 'd2', 'off'),
        ('exp_1', 'south', CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-02T12:00:00' AS datetime2(6)), 'd2', 'off'),
        ('exp_1', 'south', CAST('2026-01-02T12:00:00' AS datetime2(6)), CAST('2026-01-03' AS datetime2(6)), 'd2', 'on'),
        ('exp_1', 'west', CAST('2026-01-02' AS datetime2(6)), CAST('2026-01-02T12:00:00' AS datetime2(6)), 'd2', 'on'),
        ('exp_1', 'north', CAST('2026-01-03' AS datetime2(6)), CAST('2026-01-03T12:00:00' AS datetime2(6)), 'd3', 'on');
    INSERT INTO staging.stg_unit_attributes (unit_id, attribute, attribute_value, valid_from)
    VALUES
        ('n1', 'city', 'north', CAST('0001-01-01' AS datetime2(6))),
        ('n2', 'city', 'north', CAST('0001-01-01' AS datetime2(6))),
        ('s1', 'city', 'north', CAST('0001-01-01' AS datetime2(6))),
        ('s1', 'city', 'south', CAST('2026-01-01' AS datetime2(6))),
        ('x', 'plan', 'north', CAST('0001-01-01' AS datetime2(6)));
    INSERT INTO ops.load_log (load_id, status, staged_at)
    VALUES (1, 'finished', CAST('2026-02-01' AS datetime2(6)));
    INSERT INTO staging.stg_conversion_events
        (event_id, unit_id, load_id, line_number, event_name, attributes, event_value, event_at)
    VALUES
        ('e1', 'n1', 1, 1, 'order', NULL, 100e0, CAST('2026-01-02T00:00:00' AS datetime2(6))),
        ('e2', 'n1', 1, 2, 'order', NULL, 100e0, CAST('2026-01-02T01:59:59.999999' AS datetime2(6))),
        ('e3', 'n1', 1, 3, 'order', '{"country":"DE"}', 10e0, CAST('2026-01-02T02:00:00' AS datetime2(6))),
        ('e4', 'n2', 1, 4, 'order', '{"country":"AT"}', 20e0, CAST('2026-01-02T11:59:59.999999' AS datetime2(6))),
        ('e5', 'n1', 1, 5, 'order', NULL, 100e0, CAST('2026-01-02T12:00:00' AS datetime2(6))),
        ('e6', 'n1', 1, 6, 'order', NULL, 5e0, CAST('2026-01-02T14:00:00' AS datetime2(6))),
        ('e7', 'n1', 1, 7, 'order', NULL, 7e0, CAST('2026-01-02T15:00:00' AS datetime2(6))),
        ('e8', 's1', 1, 8, 'order', NULL, 3e0, CAST('2026-01-02T03:00:00' AS datetime2(6))),
        ('e9', 'x', 1, 9, 'order', NULL, 100e0, CAST('2026-01-02T03:00:00' AS datetime2(6))),
        ('e10', 'n1', 1, 10, 'visit', NULL, NULL, CAST('2026-01-02T02:00:00' AS datetime2(6))),
        ('e11', 'n1', 1, 11, 'visit', NULL, NULL, CAST('2026-01-02T03:00:00' AS datetime2(6))),
        ('e12', 'n2', 1, 12, 'visit', NULL, NULL, CAST('2026-01-02T03:00:00' AS datetime2(6))),
        ('last', 'n1', 1, 13, 'order', NULL, 100e0, CAST('2026-01-03T00:00:00' AS datetime2(6)));
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, threshold, cap_lower, cap_upper,
        window_start_hours, maturity, winsor_nonzero
    )
    VALUES
        ('orders', 1, 'mean', 'order', 'count', NULL, NULL, NULL, 0e0, 'all', 0),
        ('spent', 1, 'mean', 'order', 'sum', NULL, NULL, NULL, 0e0, 'all', 0),
        ('twice', 1, 'proportion', 'order', 'count', 2e0, NULL, NULL, 0e0, 'all', 0),
        ('capped', 1, 'mean', 'order', 'sum', NULL, 1e0, 8e0, 0e0, 'all', 0),
        ('visits', 1, 'mean', 'visit', 'count', NULL, NULL, NULL, 0e0, 'all', 0),
        ('german', 1, 'mean', 'order', 'count', NULL, NULL, NULL, 0e0, 'all', 0),
        ('austrian', 1, 'mean', 'order', 'count', NULL, NULL, NULL, 0e0, 'all', 0);
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, numerator_metric_id, numerator_metric_version, denominator_metric_id,
        denominator_metric_version, window_start_hours, maturity, winsor_nonzero
    )
    VALUES ('per_visit', 1, 'ratio', 'spent', 1, 'visits', 1, 0e0, 'all', 0);
    INSERT INTO catalog.metric_filters
        (metric_id, metric_version, filter_number, value_number, attribute, operator, text_value)
    VALUES ('german', 1, 1, 1, 'country', 'equals', 'DE'), ('austrian', 1, 1, 1, 'country', 'equals', 'AT');
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_blocks.[test a block counts from its burn-in up to its end]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'spent', 1);

    EXEC marts.load_agg_experiment_metric_blocks @experiment_id = 'exp_1';

    SELECT
        g.analysis_mode,
        g.region,
        g.block_start_at,
        g.stratum,
        g.variation_id,
        g.n_units,
        g.sum_n,
        g.sum_y
    INTO #actual
    FROM marts.agg_experiment_metric_blocks AS g;
    SELECT TOP (0)
        a.analysis_mode,
        a.region,
        a.block_start_at,
        a.stratum,
        a.variation_id,
        a.n_units,
        a.sum_n,
        a.sum_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (analysis_mode, region, block_start_at, stratum, variation_id, n_units, sum_n, sum_y)
    VALUES
        ('itt', 'north', CAST('2026-01-02' AS datetime2(6)), 'd2', 'on', 2, 2e0, 30e0),
        ('itt', 'north', CAST('2026-01-02T12:00:00' AS datetime2(6)), 'd2', 'off', 2, 2e0, 12e0),
        ('itt', 'south', CAST('2026-01-02' AS datetime2(6)), 'd2', 'off', 1, 1e0, 3e0),
        ('itt', 'south', CAST('2026-01-02T12:00:00' AS datetime2(6)), 'd2', 'on', 1, 1e0, 0e0),
        ('itt', 'west', CAST('2026-01-02' AS datetime2(6)), 'd2', 'on', 0, 0e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_blocks.[test without a burn-in a block counts from its start]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'orders', 1);
    UPDATE catalog.experiments SET burn_in_hours = NULL WHERE experiment_id = 'exp_1';

    EXEC marts.load_agg_experiment_metric_blocks @experiment_id = 'exp_1';

    SELECT
        g.region,
        g.block_start_at,
        g.sum_y
    INTO #actual
    FROM marts.agg_experiment_metric_blocks AS g
    WHERE g.region = 'north';
    SELECT TOP (0)
        a.region,
        a.block_start_at,
        a.sum_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (region, block_start_at, sum_y)
    VALUES
        ('north', CAST('2026-01-02' AS datetime2(6)), 4e0),
        ('north', CAST('2026-01-02T12:00:00' AS datetime2(6)), 3e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_blocks.[test each type of metric has its n and y]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES
        ('exp_1', 'twice', 1), ('exp_1', 'capped', 1), ('exp_1', 'per_visit', 1), ('exp_1', 'german', 1),
        ('exp_1', 'austrian', 1);

    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_agg_experiment_metric_blocks @experiment_id = 'exp_1';

    SELECT
        g.metric_id,
        g.region,
        DATEPART(hour, g.block_start_at) AS start_hour,
        g.sum_n,
        g.sum_y
    INTO #actual
    FROM marts.agg_experiment_metric_blocks AS g
    WHERE g.region <> 'west';
    SELECT TOP (0)
        a.metric_id,
        a.region,
        a.start_hour,
        a.sum_n,
        a.sum_y
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, region, start_hour, sum_n, sum_y)
    VALUES
        ('twice', 'north', 0, 2e0, 0e0), ('twice', 'north', 12, 2e0, 1e0),
        ('twice', 'south', 0, 1e0, 0e0), ('twice', 'south', 12, 1e0, 0e0),
        ('capped', 'north', 0, 2e0, 16e0), ('capped', 'north', 12, 2e0, 9e0),
        ('capped', 'south', 0, 1e0, 3e0), ('capped', 'south', 12, 1e0, 1e0),
        ('per_visit', 'north', 0, 3e0, 30e0), ('per_visit', 'north', 12, 0e0, 12e0),
        ('per_visit', 'south', 0, 0e0, 3e0), ('per_visit', 'south', 12, 0e0, 0e0),
        ('german', 'north', 0, 2e0, 1e0), ('german', 'north', 12, 2e0, 0e0),
        ('german', 'south', 0, 1e0, 0e0), ('german', 'south', 12, 1e0, 0e0),
        ('austrian', 'north', 0, 2e0, 1e0), ('austrian', 'north', 12, 2e0, 0e0),
        ('austrian', 'south', 0, 1e0, 0e0), ('austrian', 'south', 12, 1e0, 0e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_blocks.[test repeating it gives the same rows and leaves those of others]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'orders', 1);
    INSERT INTO marts.agg_experiment_metric_blocks (experiment_id, metric_id, region)
    VALUES ('exp_2', 'orders', 'north');

    EXEC marts.load_agg_experiment_metric_blocks @experiment_id = 'exp_1';
    EXEC marts.load_agg_experiment_metric_blocks @experiment_id = 'exp_1';

    SELECT
        g.experiment_id,
        COUNT_BIG(*) AS row_count
    INTO #actual
    FROM marts.agg_experiment_metric_blocks AS g
    GROUP BY g.experiment_id;
    SELECT TOP (0)
        a.experiment_id,
        a.row_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (experiment_id, row_count)
    VALUES ('exp_1', 5), ('exp_2', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_blocks.[test an experiment without a region attribute has no rows]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'orders', 1);
    EXEC marts.load_agg_experiment_metric_blocks @experiment_id = 'exp_1';
    UPDATE catalog.experiments SET region_attribute = NULL WHERE experiment_id = 'exp_1';

    EXEC marts.load_agg_experiment_metric_blocks @experiment_id = 'exp_1';

    EXEC tSQLt.AssertEmptyTable 'marts.agg_experiment_metric_blocks';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_blocks.[test the sample ratio counts each block once]
AS
BEGIN
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES ('exp_1', 'orders', 1), ('exp_1', 'spent', 1);
    EXEC marts.load_agg_experiment_metric_blocks @experiment_id = 'exp_1';

    SELECT
        c.stage,
        c.variation_id,
        c.weight_epoch,
        c.assignment_date,
        c.unit_count
    INTO #actual
    FROM quality.assignment_counts AS c
    WHERE c.experiment_id = 'exp_1';
    SELECT TOP (0)
        a.stage,
        a.variation_id,
        a.weight_epoch,
        a.assignment_date,
        a.unit_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (stage, variation_id, weight_epoch, assignment_date, unit_count)
    VALUES
        ('assigned', 'off', 1, CAST('2026-01-02' AS date), 2), ('assigned', 'on', 1, CAST('2026-01-02' AS date), 3);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_agg_experiment_metric_blocks.[test a change of blocks or burn-in changes what aggregates depend on]
AS
BEGIN
    DECLARE @unit_hash bigint;
    DECLARE @aggregate_hash bigint;
    DECLARE @changed bigint;
    SELECT
        @unit_hash = h.unit_hash,
        @aggregate_hash = h.aggregate_hash
    FROM catalog.experiment_hashes AS h;

    UPDATE catalog.experiment_blocks SET stratum = 'd3' WHERE region = 'west';
    SELECT @changed = h.aggregate_hash FROM catalog.experiment_hashes AS h;
    EXEC tSQLt.AssertNotEquals @aggregate_hash, @changed;

    SET @aggregate_hash = @changed;
    UPDATE catalog.experiments SET burn_in_hours = 3e0;
    SELECT @changed = h.aggregate_hash FROM catalog.experiment_hashes AS h;
    EXEC tSQLt.AssertNotEquals @aggregate_hash, @changed;

    SELECT @changed = h.unit_hash FROM catalog.experiment_hashes AS h;
    EXEC tSQLt.AssertEquals @unit_hash, @changed;
END;
GO

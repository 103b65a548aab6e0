/*
quality.sample_ratio_mismatch: observed units against the weights. The expected chi-squares of one epoch are sums of
(observed - expected)^2 / expected worked out by hand; those over epochs are (O - E)' V^-1 (O - E) in exact rational
arithmetic (Gauss elimination of V without its last row and column).
*/
EXEC tSQLt.NewTestClass 'quality_sample_ratio_mismatch';
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.experiment_weight_changes';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_variant';
    INSERT INTO catalog.experiments (experiment_id, start_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)));
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test no variations give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'quality.sample_ratio_mismatch';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test no units: counts 0, chi-square NULL, no mismatch]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'control', 0.5e0), ('exp_1', 'treatment', 0.5e0);

    SELECT
        s.stage,
        s.variation_id,
        s.observed_count,
        s.expected_count,
        s.chi_square,
        s.degrees_of_freedom,
        s.is_mismatch
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s;

    SELECT TOP (0)
        a.stage,
        a.variation_id,
        a.observed_count,
        a.expected_count,
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (stage, variation_id, observed_count, expected_count, chi_square, degrees_of_freedom, is_mismatch)
    VALUES
        ('assigned', 'control', 0, 0e0, NULL, 1, 0), ('assigned', 'treatment', 0, 0e0, NULL, 1, 0),
        ('exposed', 'control', 0, 0e0, NULL, 1, 0), ('exposed', 'treatment', 0, 0e0, NULL, 1, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test one unit of two even variations has chi-square 1]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'control', 0.5e0), ('exp_1', 'treatment', 0.5e0);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, weight_epoch)
    VALUES ('exp_1', 'u1', 'control', 1, 0, 1);

    SELECT
        s.stage,
        s.variation_id,
        s.observed_count,
        ROUND(s.expected_count, 9) AS expected_count,
        ROUND(s.chi_square, 9) AS chi_square
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s;

    SELECT TOP (0)
        a.stage,
        a.variation_id,
        a.observed_count,
        a.expected_count,
        a.chi_square
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (stage, variation_id, observed_count, expected_count, chi_square)
    VALUES
        ('assigned', 'control', 1, 0.5e0, 1e0), ('assigned', 'treatment', 0, 0.5e0, 1e0),
        ('exposed', 'control', 0, 0e0, NULL), ('exposed', 'treatment', 0, 0e0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test uneven weights and three variations]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', 0.5e0), ('exp_1', 'b', 0.25e0), ('exp_1', 'c', 0.25e0);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, weight_epoch)
    VALUES
        ('exp_1', 'u1', 'a', 1, 1, 1), ('exp_1', 'u2', 'a', 1, 1, 1), ('exp_1', 'u3', 'a', 1, 0, 1), ('exp_1', 'u4', 'a', 1, 0, 1),
        ('exp_1', 'u5', 'a', 1, 0, 1), ('exp_1', 'u6', 'b', 1, 1, 1), ('exp_1', 'u7', 'b', 1, 1, 1), ('exp_1', 'u8', 'c', 1, 0, 1);

    /* Assigned 5, 2, 1 of 8 against 4, 2, 2: 1/4 + 0 + 1/2. Exposed 2, 2, 0 of 4 against 2, 1, 1: 0 + 1 + 1. */
    SELECT DISTINCT
        s.stage,
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        ROUND(s.critical_value, 4) AS critical_value,
        s.is_mismatch
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s;

    SELECT TOP (0)
        a.stage,
        a.chi_square,
        a.degrees_of_freedom,
        a.critical_value,
        a.is_mismatch
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (stage, chi_square, degrees_of_freedom, critical_value, is_mismatch)
    VALUES ('assigned', 0.75e0, 2, 13.8155e0, 0), ('exposed', 2e0, 2, 13.8155e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test a broken split is a mismatch]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'control', 0.5e0), ('exp_1', 'treatment', 0.5e0);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, weight_epoch)
    SELECT 'exp_1', CONCAT('u', a.digit, b.digit), 'control', 1, 0, 1
    FROM (VALUES (0), (1)) AS a (digit)
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5)) AS b (digit);

    /* 12 and 0 of 12: chi-square 12, above 10.83. */
    DECLARE @mismatch_count int =
    (
        SELECT COUNT(*)
        FROM quality.sample_ratio_mismatch AS s
        WHERE s.stage = 'assigned' AND s.is_mismatch = 1 AND ROUND(s.chi_square, 9) = 12e0
    );
    EXEC tSQLt.AssertEquals 2, @mismatch_count;
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test ties: an exact split has chi-square 0]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'control', 0.5e0), ('exp_1', 'treatment', 0.5e0);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, weight_epoch)
    VALUES ('exp_1', 'u1', 'control', 1, 1, 1), ('exp_1', 'u2', 'treatment', 1, 1, 1);

    DECLARE @chi_square float = (SELECT MAX(s.chi_square) FROM quality.sample_ratio_mismatch AS s);

    DECLARE @zero float = 0e0;
    EXEC tSQLt.AssertEquals @zero, @chi_square;
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test a unit in a variation of weight 0 is a mismatch of its own]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'control', 0.5e0), ('exp_1', 'off', 0e0), ('exp_1', 'treatment', 0.5e0);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, weight_epoch)
    VALUES ('exp_1', 'u1', 'control', 1, 0, 1), ('exp_1', 'u2', 'off', 1, 0, 1), ('exp_1', 'u3', 'treatment', 1, 0, 1);

    SELECT DISTINCT
        s.stage,
        s.degrees_of_freedom,
        s.is_mismatch
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s;

    SELECT TOP (0)
        a.stage,
        a.degrees_of_freedom,
        a.is_mismatch
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (stage, degrees_of_freedom, is_mismatch)
    VALUES ('assigned', 1, 1), ('exposed', 1, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test excluded units leave the stages after their exclusion]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'control', 1e0);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, exclusion_reason, weight_epoch)
    VALUES ('exp_1', 'u1', 'control', 1, 1, NULL, 1), ('exp_1', 'u2', 'control', 0, 0, 'multi_variation', 1);

    SELECT
        s.stage,
        s.observed_count
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s;

    SELECT TOP (0)
        a.stage,
        a.observed_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (stage, observed_count)
    VALUES ('assigned', 2), ('after_multi_variation', 1), ('exposed', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test two epochs, two arms: (O - E)^2 over the sum of the epochs' variances]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', .9e0), ('exp_1', 'b', .1e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'a', .5e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'b', .5e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 18), ('b', 1, 2), ('a', 2, 8), ('b', 2, 12)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    /* O = 26, 14; E = 28, 12; V = 20 * .09 + 20 * .25 = 6.8; 4 / 6.8. Pooled weights of .7 would give 4/28 + 4/12. */
    SELECT
        s.variation_id,
        s.observed_count,
        ROUND(s.expected_count, 9) AS expected_count,
        ROUND(s.residual, 9) AS residual,
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.variation_id,
        a.observed_count,
        a.expected_count,
        a.residual,
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (variation_id, observed_count, expected_count, residual, chi_square, degrees_of_freedom, is_mismatch)
    VALUES
        ('a', 26, 28e0, ROUND(-2e0 / SQRT(6.8e0), 9), ROUND(4e0 / 6.8e0, 9), 1, 0), ('b', 14, 12e0,
        ROUND(2e0 / SQRT(6.8e0), 9), ROUND(4e0 / 6.8e0, 9), 1, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test two epochs, three arms]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', .8e0), ('exp_1', 'b', .1e0), ('exp_1', 'c', .1e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'a', .4e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'b', .3e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'c', .3e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 14), ('b', 1, 3), ('c', 1, 3), ('a', 2, 12), ('b', 2, 8), ('c', 2, 10)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (ROUND(81e0 / 143e0, 9), 2, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test three epochs, four arms, some without a weight in an epoch]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', .5e0), ('exp_1', 'b', .3e0), ('exp_1', 'c', .2e0), ('exp_1', 'd', 0e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'a', .25e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'b', .25e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'c', .25e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'd', .25e0),
        ('exp_1', CAST('2026-01-11' AS datetime2(6)), 'a', 0e0),
        ('exp_1', CAST('2026-01-11' AS datetime2(6)), 'b', .25e0),
        ('exp_1', CAST('2026-01-11' AS datetime2(6)), 'c', .25e0),
        ('exp_1', CAST('2026-01-11' AS datetime2(6)), 'd', .5e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 9), ('b', 1, 7), ('c', 1, 4), ('a', 2, 6), ('b', 2, 6), ('c', 2, 6), ('d', 2, 12), ('b', 3,
        5), ('c', 3, 5), ('d', 3, 10)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (ROUND(13413e0 / 6073e0, 9), 3, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test two epochs, five arms: as many as are eliminated]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES
        ('exp_1', 'a', .2e0), ('exp_1', 'b', .2e0), ('exp_1', 'c', .2e0), ('exp_1', 'd', .2e0), ('exp_1',
        'e', .2e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'a', .6e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'b', .1e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'c', .1e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'd', .1e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'e', .1e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 6), ('b', 1, 6), ('c', 1, 6), ('d', 1, 6), ('e', 1, 6), ('a', 2, 20), ('b', 2, 4), ('c', 2,
        5), ('d', 2, 7), ('e', 2, 4)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (ROUND(77e0 / 45e0, 9), 4, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test two epochs, six arms need the runner and have no verdict]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES
        ('exp_1', 'a', .1e0), ('exp_1', 'b', .1e0), ('exp_1', 'c', .1e0), ('exp_1', 'd', .1e0), ('exp_1',
        'e', .1e0), ('exp_1', 'f', .5e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'a', .15e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'b', .15e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'c', .15e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'd', .15e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'e', .15e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'f', .25e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 6), ('b', 1, 6), ('c', 1, 6), ('d', 1, 6), ('e', 1, 6), ('f', 1, 6), ('a', 2, 6), ('b', 2,
        6), ('c', 2, 6), ('d', 2, 6), ('e', 2, 6), ('f', 2, 6)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    SELECT DISTINCT
        s.chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (NULL, 5, NULL, 'needs_runner');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test six arms of one epoch need no runner]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES
        ('exp_1', 'a', .1e0), ('exp_1', 'b', .1e0), ('exp_1', 'c', .1e0), ('exp_1', 'd', .1e0), ('exp_1',
        'e', .1e0), ('exp_1', 'f', .5e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 6), ('b', 1, 6), ('c', 1, 6), ('d', 1, 6), ('e', 1, 6), ('f', 1, 20)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    /* Of 50: (6 - 5)^2 / 5 five times, and (20 - 25)^2 / 25. */
    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (2e0, 5, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test an epoch without units does not make several]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', .5e0), ('exp_1', 'b', .5e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'a', .9e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'b', .1e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 8), ('b', 1, 2)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (ROUND(9e0 / 5e0 + 9e0 / 5e0, 9), 1, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test epochs that share no arm are independent parts]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', .5e0), ('exp_1', 'b', .5e0), ('exp_1', 'c', 0e0), ('exp_1', 'd', 0e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'a', 0e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'b', 0e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'c', .5e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'd', .5e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 16), ('b', 1, 8), ('c', 2, 15), ('d', 2, 5)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    /* 16/12 + 16/12 and 25/10 + 25/10. */
    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (ROUND(8e0 / 3e0 + 5e0, 9), 2, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test an arm that its part makes redundant is passed over, whatever the last bits say]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES
        ('exp_1', 'a', .2e0), ('exp_1', 'b', .3e0), ('exp_1', 'c', .5e0), ('exp_1', 'd', 0e0), ('exp_1', 'e', 0e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    SELECT 'exp_1', CAST('2026-01-10' AS datetime2(6)), w.variation_id, w.weight
    FROM (VALUES ('a', 0e0), ('b', 0e0), ('c', 0e0), ('d', .7e0), ('e', .3e0)) AS w (variation_id, weight);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 8), ('b', 1, 9), ('c', 1, 13), ('d', 2, 17), ('e', 2, 13)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    /* Of 30 against 6, 9, 15: 4/6 + 4/15; of 30 against 21, 9: 16/21 + 16/9. */
    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (ROUND(4e0 / 6e0 + 4e0 / 15e0 + 16e0 / 21e0 + 16e0 / 9e0, 9), 3, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test units in an arm without a weight in their epoch are in no sum]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', .5e0), ('exp_1', 'b', .5e0), ('exp_1', 'c', 0e0);
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'a', .25e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'b', .25e0),
        ('exp_1', CAST('2026-01-10' AS datetime2(6)), 'c', .5e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 10), ('b', 1, 10), ('c', 1, 3), ('a', 2, 5), ('b', 2, 5), ('c', 2, 10)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    SELECT
        s.variation_id,
        s.observed_count,
        s.misplaced_count,
        ROUND(s.expected_count, 9) AS expected_count,
        ROUND(s.chi_square, 9) AS chi_square,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.variation_id,
        a.observed_count,
        a.misplaced_count,
        a.expected_count,
        a.chi_square,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (variation_id, observed_count, misplaced_count, expected_count, chi_square, is_mismatch, reason_code)
    VALUES
        ('a', 15, 0, 15e0, 0e0, 1, 'zero_weight_arm_has_units'), ('b', 15, 0, 15e0, 0e0, 1,
        'zero_weight_arm_has_units'), ('c', 13, 3, 10e0, 0e0, 1, 'zero_weight_arm_has_units');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test weights on another scale are shares of their sum]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', 3e0), ('exp_1', 'b', 1e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 18), ('b', 1, 2)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    /* 18, 2 of 20 against 15, 5: 9/15 + 9/5. */
    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (2.4e0, 1, 0, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test expected counts below five are said]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', .5e0), ('exp_1', 'b', .5e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT 'exp_1', CONCAT(c.arm, c.epoch, '_', n.digit), c.arm, c.epoch, 1, 0, CAST('2026-01-02' AS datetime2(6))
    FROM
    (
        VALUES
        ('a', 1, 6), ('b', 1, 3)
    ) AS c (arm, epoch, unit_count)
    INNER JOIN
        (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)) AS n (digit)
        ON n.digit <= c.unit_count;

    SELECT DISTINCT
        ROUND(s.chi_square, 9) AS chi_square,
        s.degrees_of_freedom,
        s.is_mismatch,
        s.reason_code
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'assigned';

    SELECT TOP (0)
        a.chi_square,
        a.degrees_of_freedom,
        a.is_mismatch,
        a.reason_code
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (chi_square, degrees_of_freedom, is_mismatch, reason_code)
    VALUES (1e0, 1, 0, 'small_expected');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.[test units with a value have a stage of each mode and metric]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', 0.5e0), ('exp_1', 'b', 0.5e0);
    INSERT INTO marts.agg_experiment_metric_by_variant
        (experiment_id, analysis_mode, metric_id, variation_id, weight_epoch, n_assigned, n_units)
    VALUES
        ('exp_1', 'itt', 'm', 'a', 1, 20, 20), ('exp_1', 'itt', 'm', 'b', 1, 20, 20),
        ('exp_1', 'exposed', 'm', 'a', 1, 20, 20), ('exp_1', 'exposed', 'm', 'b', 1, 20, 0);

    SELECT
        s.analysis_mode,
        s.metric_id,
        s.variation_id,
        s.observed_count,
        ROUND(s.chi_square, 9) AS chi_square,
        s.is_mismatch
    INTO #actual
    FROM quality.sample_ratio_mismatch AS s
    WHERE s.stage = 'valued';

    SELECT TOP (0)
        a.analysis_mode,
        a.metric_id,
        a.variation_id,
        a.observed_count,
        a.chi_square,
        a.is_mismatch
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (analysis_mode, metric_id, variation_id, observed_count, chi_square, is_mismatch)
    VALUES
        ('itt', 'm', 'a', 20, 0e0, 0), ('itt', 'm', 'b', 20, 0e0, 0),
        ('exposed', 'm', 'a', 20, 20e0, 1), ('exposed', 'm', 'b', 0, 20e0, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

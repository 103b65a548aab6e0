/*
quality.sample_ratio_mismatch: observed units against the weights. The expected chi-squares are sums of
(observed - expected)^2 / expected worked out by hand.
*/
EXEC tSQLt.NewTestClass 'quality_sample_ratio_mismatch';
GO
CREATE PROCEDURE quality_sample_ratio_mismatch.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
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
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed)
    VALUES ('exp_1', 'u1', 'control', 1, 0);

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
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed)
    VALUES
        ('exp_1', 'u1', 'a', 1, 1), ('exp_1', 'u2', 'a', 1, 1), ('exp_1', 'u3', 'a', 1, 0), ('exp_1', 'u4', 'a', 1, 0),
        ('exp_1', 'u5', 'a', 1, 0), ('exp_1', 'u6', 'b', 1, 1), ('exp_1', 'u7', 'b', 1, 1), ('exp_1', 'u8', 'c', 1, 0);

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
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed)
    SELECT 'exp_1', CONCAT('u', a.digit, b.digit), 'control', 1, 0
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
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed)
    VALUES ('exp_1', 'u1', 'control', 1, 1), ('exp_1', 'u2', 'treatment', 1, 1);

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
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed)
    VALUES ('exp_1', 'u1', 'control', 1, 0), ('exp_1', 'u2', 'off', 1, 0), ('exp_1', 'u3', 'treatment', 1, 0);

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
CREATE PROCEDURE quality_sample_ratio_mismatch.[test excluded units are not counted]
AS
BEGIN
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'control', 1e0);
    INSERT INTO marts.fct_experiment_cohort (experiment_id, unit_id, variation_id, is_itt, is_exposed, exclusion_reason)
    VALUES ('exp_1', 'u1', 'control', 1, 1, NULL), ('exp_1', 'u2', 'control', 0, 0, 'multi_variation');

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
    VALUES ('assigned', 1), ('exposed', 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

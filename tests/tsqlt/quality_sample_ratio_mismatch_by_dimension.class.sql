/* quality.sample_ratio_mismatch_by_dimension: the split of the units with each value of a dimension. */
EXEC tSQLt.NewTestClass 'quality_sample_ratio_mismatch_by_dimension';
GO
CREATE PROCEDURE quality_sample_ratio_mismatch_by_dimension.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.experiment_weight_changes';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_unit_dimensions';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_dimension';
    INSERT INTO catalog.experiments (experiment_id, start_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)));
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', 0.5e0), ('exp_1', 'b', 0.5e0);
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch_by_dimension.[test no units give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'quality.sample_ratio_mismatch_by_dimension';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch_by_dimension.[test each value is judged on its own, units without one left out]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    SELECT
        'exp_1',
        CONCAT(v.variation_id, n.digit),
        v.first_number + n.digit,
        v.variation_id,
        1,
        1,
        0,
        CAST('2026-01-02' AS datetime2(6))
    FROM (VALUES ('a', 0), ('b', 100)) AS v (variation_id, first_number)
    CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14)) AS n (digit);
    /* 12 of a and 0 of b are in 'de', 1 and 12 in 'fr'; the others have no value. */
    INSERT INTO marts.experiment_unit_dimensions (experiment_id, dimension_id, unit_number, dimension_value)
    SELECT
        'exp_1',
        'country',
        c.unit_number,
        CASE WHEN c.unit_id = 'a13' OR c.variation_id = 'b' THEN 'fr' ELSE 'de' END
    FROM marts.fct_experiment_cohort AS c
    WHERE c.unit_id NOT IN ('a14', 'b13', 'b14');
    INSERT INTO marts.agg_experiment_metric_by_dimension
    (
        experiment_id, analysis_mode, metric_id, dimension_id, dimension_value, variation_id, weight_epoch, n_assigned,
        n_units
    )
    VALUES ('exp_1', 'itt', 'm', 'country', 'de', 'a', 1, 12, 9), ('exp_1', 'itt', 'm', 'country', 'fr', 'b', 1, 1, 1);

    SELECT
        s.stage,
        s.metric_id,
        s.dimension_value,
        s.variation_id,
        s.observed_count,
        ROUND(s.chi_square, 9) AS chi_square,
        s.is_mismatch
    INTO #actual
    FROM quality.sample_ratio_mismatch_by_dimension AS s;

    SELECT TOP (0)
        a.stage,
        a.metric_id,
        a.dimension_value,
        a.variation_id,
        a.observed_count,
        a.chi_square,
        a.is_mismatch
    INTO #expected
    FROM #actual AS a;
    /* 12, 0 of 12: 12, above 10.83; 1, 12 of 13: 2 * 5.5^2 / 6.5. */
    INSERT INTO #expected (stage, metric_id, dimension_value, variation_id, observed_count, chi_square, is_mismatch)
    VALUES
        ('assigned', NULL, 'de', 'a', 12, 12e0, 1), ('assigned', NULL, 'de', 'b', 0, 12e0, 1),
        ('assigned', NULL, 'fr', 'a', 1, ROUND(60.5e0 / 6.5e0, 9), 0),
        ('assigned', NULL, 'fr', 'b', 12, ROUND(60.5e0 / 6.5e0, 9), 0),
        ('valued', 'm', 'de', 'a', 9, 9e0, 0), ('valued', 'm', 'de', 'b', 0, 9e0, 0),
        ('valued', 'm', 'fr', 'a', 0, 1e0, 0), ('valued', 'm', 'fr', 'b', 1, 1e0, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

/* quality.sample_ratio_mismatch_daily: the units assigned up to each day; quality.assignment_counts below it. */
EXEC tSQLt.NewTestClass 'quality_sample_ratio_mismatch_daily';
GO
CREATE PROCEDURE quality_sample_ratio_mismatch_daily.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_variations';
    EXEC tSQLt.FakeTable 'catalog.experiment_weight_changes';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.agg_experiment_metric_by_variant';
    INSERT INTO catalog.experiments (experiment_id, start_at)
    VALUES ('exp_1', CAST('2026-01-01' AS datetime2(6)));
    INSERT INTO catalog.experiment_variations (experiment_id, variation_id, weight)
    VALUES ('exp_1', 'a', 0.5e0), ('exp_1', 'b', 0.5e0);
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch_daily.[test no units give no rows]
AS
BEGIN
    EXEC tSQLt.AssertEmptyTable 'quality.sample_ratio_mismatch_daily';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch_daily.[test days add up, an arm without units on a day included]
AS
BEGIN
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, exclusion_reason, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 'a', 1, 1, 0, NULL, CAST('2026-01-01T23:59:59.999999' AS datetime2(6))),
        ('exp_1', 'u2', 'a', 1, 1, 0, NULL, CAST('2026-01-02' AS datetime2(6))),
        ('exp_1', 'u3', 'b', 1, 1, 0, NULL, CAST('2026-01-04' AS datetime2(6))),
        ('exp_1', 'u4', 'b', 1, 0, 0, 'multi_variation', CAST('2026-01-04' AS datetime2(6)));

    SELECT
        s.stage,
        s.assignment_date,
        s.variation_id,
        s.observed_count,
        ROUND(s.chi_square, 9) AS chi_square,
        s.is_mismatch,
        s.verdict_note
    INTO #actual
    FROM quality.sample_ratio_mismatch_daily AS s;

    SELECT TOP (0)
        a.stage,
        a.assignment_date,
        a.variation_id,
        a.observed_count,
        a.chi_square,
        a.is_mismatch,
        a.verdict_note
    INTO #expected
    FROM #actual AS a;
    /* 1, 0 of 1: 1; 2, 0 of 2: 2; 2, 2: 0; after the exclusion 2, 1 of 3: 2 * .25 / 1.5. */
    INSERT INTO #expected (stage, assignment_date, variation_id, observed_count, chi_square, is_mismatch, verdict_note)
    SELECT
        e.stage,
        CAST(e.assignment_date AS date),
        e.variation_id,
        e.observed_count,
        ROUND(e.chi_square, 9),
        0,
        'not corrected for looks'
    FROM
    (
        VALUES
            ('assigned', '2026-01-01', 'a', 1, 1e0), ('assigned', '2026-01-01', 'b', 0, 1e0),
            ('assigned', '2026-01-02', 'a', 2, 2e0), ('assigned', '2026-01-02', 'b', 0, 2e0),
            ('assigned', '2026-01-04', 'a', 2, 0e0), ('assigned', '2026-01-04', 'b', 2, 0e0),
            ('after_multi_variation', '2026-01-01', 'a', 1, 1e0), ('after_multi_variation', '2026-01-01', 'b', 0, 1e0),
            ('after_multi_variation', '2026-01-02', 'a', 2, 2e0), ('after_multi_variation', '2026-01-02', 'b', 0, 2e0),
            ('after_multi_variation', '2026-01-04', 'a', 2, 1e0 / 3e0),
            ('after_multi_variation', '2026-01-04', 'b', 1, 1e0 / 3e0)
    ) AS e (stage, assignment_date, variation_id, observed_count, chi_square);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE quality_sample_ratio_mismatch_daily.[test a day after a change of weights is judged over both epochs]
AS
BEGIN
    INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
    VALUES
        ('exp_1', CAST('2026-01-02' AS datetime2(6)), 'a', 0.9e0),
        ('exp_1', CAST('2026-01-02' AS datetime2(6)), 'b', 0.1e0);
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u1', 'a', 1, 1, 0, CAST('2026-01-01' AS datetime2(6))),
        ('exp_1', 'u2', 'b', 2, 1, 0, CAST('2026-01-02' AS datetime2(6)));

    /* Day 2: O = 1, 1; E = .5 + .9 = 1.4; V = .25 + .09 = .34; .16 / .34. */
    DECLARE @actual float =
    (
        SELECT ROUND(MAX(s.chi_square), 9)
        FROM quality.sample_ratio_mismatch_daily AS s
        WHERE s.stage = 'assigned' AND s.assignment_date = CAST('2026-01-02' AS date)
    );
    DECLARE @expected float = ROUND(0.16e0 / 0.34e0, 9);
    EXEC tSQLt.AssertEquals @expected, @actual;
END;
GO

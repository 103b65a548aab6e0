/*
One row an experiment, filter stage and variation: observed units against the planned weights, over all weight epochs
(quality.sample_ratio_test has the formula). Stages: those of quality.count_assignments, and 'valued' for each mode and
metric (the units with a value). critical_value is the upper .001 point of chi-square; the exact p-value is written by
the runner (results.experiment_srm). verdict_note says what the verdict is not corrected for. is_mismatch is NULL where
only the runner has the statistic.
*/
CREATE OR ALTER VIEW quality.sample_ratio_mismatch
AS
SELECT
    t.experiment_id,
    t.stage,
    t.variation_id,
    t.observed_count,
    t.expected_count,
    t.chi_square,
    t.degrees_of_freedom,
    t.critical_value,
    t.is_mismatch,
    t.analysis_mode,
    t.metric_id,
    t.residual,
    t.misplaced_count,
    t.reason_code,
    'not corrected for looks' AS verdict_note
FROM quality.sample_ratio_test('overall') AS t;
GO

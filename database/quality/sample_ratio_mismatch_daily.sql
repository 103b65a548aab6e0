/*
One row an experiment, filter stage, UTC day of assignment and variation: the units assigned up to the end of that day
against the planned weights, cumulative. The columns are those of quality.sample_ratio_mismatch; the verdict of each day
is at .001 and not corrected for looks, so that over many days more than one null experiment in a thousand is flagged.
*/
CREATE OR ALTER VIEW quality.sample_ratio_mismatch_daily
AS
SELECT
    t.experiment_id,
    t.stage,
    t.assignment_date,
    t.variation_id,
    t.observed_count,
    t.expected_count,
    t.residual,
    t.misplaced_count,
    t.chi_square,
    t.degrees_of_freedom,
    t.critical_value,
    t.is_mismatch,
    t.reason_code,
    'not corrected for looks' AS verdict_note
FROM quality.sample_ratio_test('day') AS t;
GO

/*
One row an experiment, filter stage, dimension value and variation: the units with that value against the planned
weights. The columns are those of quality.sample_ratio_mismatch; 'valued' rows are of one mode and metric. The verdict
of each value is at .001 and corrected neither for looks nor for the number of values.
*/
CREATE OR ALTER VIEW quality.sample_ratio_mismatch_by_dimension
AS
SELECT
    t.experiment_id,
    t.stage,
    t.analysis_mode,
    t.metric_id,
    t.dimension_id,
    t.dimension_value,
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
    'not corrected for looks and values' AS verdict_note
FROM quality.sample_ratio_test('dimension') AS t;
GO

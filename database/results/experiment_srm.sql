/*
One row an experiment, mode, filter stage and variation of the latest finished run: the sample ratio test. p_value is
of the chi-square test, taken once at the decision; sequential_p_value may be read every day (Lindon and Malek 2022);
units_without_weight are those in a variation whose weight was 0 when they were assigned.
*/
CREATE OR ALTER VIEW results.experiment_srm
AS
SELECT
    s.run_id,
    l.experiment_id,
    l.analysis_mode,
    s.stage,
    s.variation_id,
    s.observed_count,
    s.expected_count,
    s.residual,
    s.chi_square,
    s.degrees_of_freedom,
    s.p_value,
    s.sequential_p_value,
    s.units_without_weight,
    s.reason_code
FROM results.srm_rows AS s
INNER JOIN results.latest_runs AS l
    ON l.run_id = s.run_id;
GO

/* One row an experiment, mode, filter stage and variation of the latest finished run: the sample ratio test. */
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
    s.p_value
FROM results.srm_rows AS s
INNER JOIN results.latest_runs AS l
    ON l.run_id = s.run_id;
GO

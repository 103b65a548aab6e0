/* One row an experiment, mode and treatment: the decision of the latest finished run, in a code and in words. */
CREATE OR ALTER VIEW results.experiment_summary
AS
SELECT
    s.run_id,
    s.experiment_id,
    s.analysis_mode,
    s.variation_id,
    s.primary_metric_id,
    s.decision,
    s.decision_code,
    s.decision_text,
    s.is_best,
    s.uplift_rel,
    s.ci_rel_lower,
    s.ci_rel_upper,
    s.p_value,
    s.p_value_adjusted,
    s.remaining_units
FROM results.summary_rows AS s
INNER JOIN results.latest_runs AS l
    ON l.run_id = s.run_id;
GO

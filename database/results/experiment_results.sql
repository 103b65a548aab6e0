/*
One row an experiment, mode, metric and variation: the latest finished run. The control has no comparison and the reason
'control'; a row without an answer says why in reason_code. New columns are appended, never inserted.
*/
CREATE OR ALTER VIEW results.experiment_results
AS
SELECT
    r.run_id,
    r.experiment_id,
    r.analysis_mode,
    r.metric_id,
    r.metric_version,
    r.metric_role,
    r.variation_id,
    r.is_control,
    r.n_assigned,
    r.n_units,
    r.mean_value,
    r.sd_value,
    r.uplift_abs,
    r.uplift_rel,
    r.std_error,
    r.p_value,
    r.ci_lower,
    r.ci_upper,
    r.ci_rel_lower,
    r.ci_rel_upper,
    r.effect_size,
    r.p_value_adjusted,
    r.method,
    r.reason_code,
    r.confidence_level,
    r.interval_agrees,
    r.mde_rel,
    r.test_statistic,
    r.degrees_of_freedom
FROM results.result_rows AS r
INNER JOIN results.latest_runs AS l
    ON l.run_id = r.run_id;
GO

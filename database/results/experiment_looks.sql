/*
One row an experiment, mode, look, metric and treatment of the latest finished run, for experiments with a sequential
plan: the bound of the look, its interval, and what was published after it (running_: the intersection of the
intervals and the smallest p-value so far).
*/
CREATE OR ALTER VIEW results.experiment_looks
AS
SELECT
    s.run_id,
    l.experiment_id,
    l.analysis_mode,
    s.look_number,
    s.metric_id,
    s.variation_id,
    s.data_watermark,
    s.n_units,
    s.information_fraction,
    s.alpha_spent,
    s.critical_value,
    s.uplift_abs,
    s.std_error,
    s.p_value,
    s.ci_lower,
    s.ci_upper,
    s.running_p_value,
    s.running_lower,
    s.running_upper,
    s.futility_bound,
    s.is_futile,
    s.reason_code
FROM results.look_rows AS s
INNER JOIN results.latest_runs AS l
    ON l.run_id = s.run_id;
GO

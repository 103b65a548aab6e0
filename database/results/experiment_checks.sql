/*
One row an experiment, mode, check, metric and treatment of the latest finished run: what a reader should know beyond
the effects (novelty, implausibly large effects, what is left of an effect among all units, overlapping experiments);
none of them decides.
*/
CREATE OR ALTER VIEW results.experiment_checks
AS
SELECT
    s.run_id,
    l.experiment_id,
    l.analysis_mode,
    s.check_name,
    s.metric_id,
    s.variation_id,
    s.threshold,
    s.observed,
    s.p_value,
    s.is_flagged,
    s.reason_code,
    s.detail
FROM results.check_rows AS s
INNER JOIN results.latest_runs AS l
    ON l.run_id = s.run_id;
GO

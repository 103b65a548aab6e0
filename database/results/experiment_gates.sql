/* One row an experiment, mode, treatment and gate of the latest finished run, in the order of evaluation. */
CREATE OR ALTER VIEW results.experiment_gates
AS
SELECT
    g.run_id,
    l.experiment_id,
    l.analysis_mode,
    g.variation_id,
    g.gate_order,
    g.gate_name,
    g.gate_kind,
    g.metric_id,
    g.threshold,
    g.observed,
    g.passed,
    g.reason_code,
    g.detail
FROM results.gate_rows AS g
INNER JOIN results.latest_runs AS l
    ON l.run_id = g.run_id;
GO

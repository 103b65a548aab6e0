/* One row an experiment and analysis mode: its latest finished run. */
CREATE OR ALTER VIEW results.latest_runs
AS
SELECT
    r.experiment_id,
    r.analysis_mode,
    MAX(r.run_id) AS run_id
FROM ops.analysis_runs AS r
WHERE r.status = 'finished'
GROUP BY r.experiment_id, r.analysis_mode;
GO

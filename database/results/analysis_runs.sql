/* One row a finished run: who, when, on which data and definitions, with which code. */
CREATE OR ALTER VIEW results.analysis_runs
AS
SELECT
    r.run_id,
    r.experiment_id,
    r.analysis_mode,
    r.policy_id,
    r.policy_version,
    r.requested_by,
    r.definitions_hash,
    r.code_version,
    r.data_watermark,
    r.started_at,
    r.ended_at
FROM ops.analysis_runs AS r
WHERE r.status = 'finished';
GO

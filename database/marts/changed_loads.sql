/* One row a staged load whose rows an experiment's marts do not hold, or hold as they were staged before. */
CREATE OR ALTER FUNCTION marts.changed_loads (@experiment_id varchar(128))
RETURNS TABLE
AS
RETURN
(
    SELECT
        l.load_id,
        l.staged_at
    FROM ops.load_log AS l
    WHERE l.status = 'finished'
        AND l.staged_at IS NOT NULL
        AND NOT EXISTS
        (
            SELECT 1
            FROM marts.experiment_loads AS k
            WHERE k.experiment_id = @experiment_id AND k.load_id = l.load_id AND k.staged_at = l.staged_at
        )
);
GO

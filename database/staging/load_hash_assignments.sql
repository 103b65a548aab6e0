/*
Assigns the users of a source to the variations of the experiments in catalog.hash_assignments, by the hash of user and
salt (catalog.assigned_variation, with its layers, holdouts and weights), at their first activity in the experiment's
time. Each user once: who is assigned stays so. No file says any of this, so the rows have load 0.
*/
CREATE OR ALTER PROCEDURE staging.load_hash_assignments
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
IF NOT EXISTS (SELECT 1 FROM catalog.hash_assignments AS h)
    RETURN;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    WITH activity AS
    (
        SELECT
            'scrobbles' AS source,
            p.user_id,
            p.played_at AS active_at
        FROM staging.scrobble_plays AS p
        UNION ALL
        SELECT
            'commerce_events' AS source,
            c.user_id,
            c.event_at AS active_at
        FROM staging.stg_commerce_events AS c
        WHERE c.is_bot = 0
        UNION ALL
        SELECT
            'podcast_events' AS source,
            d.user_id,
            d.event_at AS active_at
        FROM staging.cleansed_podcast_events AS d
    ),
    first_seen AS
    (
        SELECT
            x.experiment_id,
            a.user_id,
            MIN(a.active_at) AS assigned_at
        FROM catalog.hash_assignments AS h
        INNER JOIN catalog.experiments AS x
            ON x.experiment_id = h.experiment_id
        INNER JOIN activity AS a
            ON a.source = h.source
        WHERE a.active_at >= x.start_at AND (x.end_at IS NULL OR a.active_at < x.end_at)
        GROUP BY x.experiment_id, a.user_id
    )
    INSERT INTO staging.stg_experiment_assignments
    (
        experiment_id, unit_id, variation_id, load_id, line_number, min_variation_id, max_variation_id,
        assignment_count, is_conflict, assigned_at
    )
    SELECT
        f.experiment_id,
        f.user_id AS unit_id,
        b.variation_id,
        0 AS load_id,
        0 AS line_number,
        b.variation_id AS min_variation_id,
        b.variation_id AS max_variation_id,
        1 AS assignment_count,
        CAST(0 AS bit) AS is_conflict,
        f.assigned_at
    FROM first_seen AS f
    CROSS APPLY catalog.assigned_variation(f.experiment_id, f.user_id, f.assigned_at) AS b
    WHERE NOT EXISTS
    (
        SELECT 1
        FROM staging.stg_experiment_assignments AS s
        WHERE s.experiment_id = f.experiment_id AND s.unit_id = f.user_id
    );
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

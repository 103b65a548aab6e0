/*
One row: the variation that a unit gets by its hash when it is assigned at @assigned_at, by the weights of that time. No
row where it gets none: the experiment is not in the catalog, the unit is in a holdout that holds at that time, or the
experiment is in a layer and the unit's bucket under the layer's salt lies outside the experiment's range. The three
buckets come from three salts: within a layer's range the variations are drawn by the experiment's own.
*/
CREATE OR ALTER FUNCTION catalog.assigned_variation
(
    @experiment_id varchar(128),
    @unit_id varchar(128),
    @assigned_at datetime2(6)
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        b.variation_id,
        h.bucket
    FROM catalog.variation_buckets AS b
    CROSS APPLY catalog.assignment_bucket(b.salt, @unit_id) AS h
    WHERE b.experiment_id = @experiment_id
        AND h.bucket >= b.bucket_from
        AND h.bucket < b.bucket_to
        AND b.epoch_start_at <= @assigned_at
        AND (b.epoch_end_at IS NULL OR b.epoch_end_at > @assigned_at)
        AND NOT EXISTS
        (
            SELECT 1
            FROM catalog.holdouts AS o
            CROSS APPLY catalog.assignment_bucket(o.salt, @unit_id) AS q
            WHERE o.start_at <= @assigned_at
                AND (o.end_at IS NULL OR o.end_at > @assigned_at)
                AND q.bucket < o.bucket_count
        )
        AND EXISTS
        (
            SELECT 1
            FROM catalog.experiments AS x
            LEFT JOIN catalog.layers AS l
                ON l.layer_id = x.layer_id
            CROSS APPLY catalog.assignment_bucket(COALESCE(l.salt, ''), @unit_id) AS r
            WHERE x.experiment_id = @experiment_id
                AND
                (
                    x.layer_id IS NULL
                    OR (l.layer_id IS NOT NULL AND r.bucket >= x.layer_from AND r.bucket < x.layer_to)
                )
        )
);
GO

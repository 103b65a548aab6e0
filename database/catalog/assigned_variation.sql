/*
One row, or none where the experiment is not in the catalog: the variation that a unit gets by its hash.
*/
CREATE OR ALTER FUNCTION catalog.assigned_variation (@experiment_id varchar(128), @unit_id varchar(128))
RETURNS TABLE
AS
RETURN
(
    SELECT
        b.variation_id,
        h.bucket
    FROM catalog.variation_buckets AS b
    CROSS APPLY catalog.assignment_bucket(b.salt, @unit_id) AS h
    WHERE b.experiment_id = @experiment_id AND h.bucket >= b.bucket_from AND h.bucket < b.bucket_to
);
GO

/*
One row an experiment and variation with a weight: the buckets [bucket_from, bucket_to) that belong to it. Variations
follow each other by id, each with its share of the 10,000 buckets, rounded at its ends, so that no bucket is lost. The
salt is the experiment's own, else its id.
*/
CREATE OR ALTER VIEW catalog.variation_buckets
AS
WITH running AS
(
    SELECT
        v.experiment_id,
        v.variation_id,
        v.weight,
        SUM(v.weight) OVER
        (
            PARTITION BY v.experiment_id
            ORDER BY v.variation_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS running_weight,
        SUM(v.weight) OVER (PARTITION BY v.experiment_id) AS total_weight
    FROM catalog.experiment_variations AS v
    WHERE v.weight > 0
),
bounds AS
(
    /* Rounded twice: what is 1234.5 but for its last bits is the same number on every engine. */
    SELECT
        r.experiment_id,
        r.variation_id,
        CAST(ROUND(ROUND(1e4 * r.running_weight / NULLIF(r.total_weight, 0), 6), 0) AS int) AS bucket_to
    FROM running AS r
)
SELECT
    b.experiment_id,
    b.variation_id,
    COALESCE(x.salt, x.experiment_id) AS salt,
    COALESCE(LAG(b.bucket_to) OVER (PARTITION BY b.experiment_id ORDER BY b.variation_id), 0) AS bucket_from,
    b.bucket_to
FROM bounds AS b
INNER JOIN catalog.experiments AS x
    ON x.experiment_id = b.experiment_id;
GO

/*
One row an experiment, weight epoch and variation with a weight: the buckets [bucket_from, bucket_to) that belong to it
for units assigned from epoch_start_at until epoch_end_at (NULL: still). Variations follow each other by id, each with
its share of the 10,000 buckets, rounded at its ends, so that no bucket is lost. The salt is the experiment's own, else
its id; which units get a variation at all is said by catalog.assigned_variation.
*/
CREATE OR ALTER VIEW catalog.variation_buckets
AS
WITH running AS
(
    SELECT
        w.experiment_id,
        w.weight_epoch,
        w.variation_id,
        w.weight,
        SUM(w.weight) OVER
        (
            PARTITION BY w.experiment_id, w.weight_epoch
            ORDER BY w.variation_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS running_weight,
        SUM(w.weight) OVER (PARTITION BY w.experiment_id, w.weight_epoch) AS total_weight,
        w.epoch_start_at,
        w.epoch_end_at
    FROM catalog.weight_epochs AS w
    WHERE w.weight > 0
),
bounds AS
(
    /* Rounded twice: what is 1234.5 but for its last bits is the same number on every engine. */
    SELECT
        r.experiment_id,
        r.weight_epoch,
        r.variation_id,
        CAST(ROUND(ROUND(1e4 * r.running_weight / NULLIF(r.total_weight, 0), 6), 0) AS int) AS bucket_to,
        r.epoch_start_at,
        r.epoch_end_at
    FROM running AS r
)
SELECT
    b.experiment_id,
    b.weight_epoch,
    b.variation_id,
    COALESCE(x.salt, x.experiment_id) AS salt,
    COALESCE
    (
        LAG(b.bucket_to) OVER (PARTITION BY b.experiment_id, b.weight_epoch ORDER BY b.variation_id), 0
    ) AS bucket_from,
    b.bucket_to,
    b.epoch_start_at,
    b.epoch_end_at
FROM bounds AS b
INNER JOIN catalog.experiments AS x
    ON x.experiment_id = b.experiment_id;
GO

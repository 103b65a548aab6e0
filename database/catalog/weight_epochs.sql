/*
One row an experiment, weight epoch and variation: the weights by which units were assigned from epoch_start_at until
epoch_end_at (NULL: still). Epoch 1 has the weights of catalog.experiment_variations and begins with the experiment;
each change of catalog.experiment_weight_changes begins the next.
*/
CREATE OR ALTER VIEW catalog.weight_epochs
AS
WITH changes AS
(
    SELECT DISTINCT
        c.experiment_id,
        c.effective_at
    FROM catalog.experiment_weight_changes AS c
),
numbered AS
(
    SELECT
        c.experiment_id,
        c.effective_at,
        CAST(ROW_NUMBER() OVER (PARTITION BY c.experiment_id ORDER BY c.effective_at) AS int) + 1 AS weight_epoch
    FROM changes AS c
),
epochs AS
(
    SELECT
        x.experiment_id,
        1 AS weight_epoch,
        CAST('0001-01-01' AS datetime2(6)) AS epoch_start_at
    FROM catalog.experiments AS x
    UNION ALL
    SELECT
        n.experiment_id,
        n.weight_epoch,
        n.effective_at AS epoch_start_at
    FROM numbered AS n
),
bounded AS
(
    SELECT
        e.experiment_id,
        e.weight_epoch,
        e.epoch_start_at,
        LEAD(e.epoch_start_at) OVER (PARTITION BY e.experiment_id ORDER BY e.weight_epoch) AS epoch_end_at
    FROM epochs AS e
)
SELECT
    b.experiment_id,
    b.weight_epoch,
    v.variation_id,
    CASE WHEN b.weight_epoch = 1 THEN v.weight ELSE COALESCE(c.weight, 0e0) END AS weight,
    v.is_control,
    b.epoch_start_at,
    b.epoch_end_at
FROM bounded AS b
INNER JOIN catalog.experiment_variations AS v
    ON v.experiment_id = b.experiment_id
LEFT JOIN catalog.experiment_weight_changes AS c
    ON c.experiment_id = b.experiment_id
    AND c.variation_id = v.variation_id
    AND c.effective_at = b.epoch_start_at;
GO

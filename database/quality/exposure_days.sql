/*
One row an experiment, variation and UTC day on which units of it were assigned: how many, and how many of them had a
valid exposure within 24 hours of their assignment, so that a later day had as much time as an earlier one. is_partial:
the data watermark lies before the end of those 24 hours. Assigned units only; those of other days are not in the rate.
*/
CREATE OR ALTER VIEW quality.exposure_days
AS
SELECT
    v.experiment_id,
    v.variation_id,
    CAST(v.assigned_at AS date) AS assignment_date,
    COUNT_BIG(*) AS unit_count,
    SUM
    (
        CASE
            WHEN v.first_valid_exposed_at < DATEADD(hour, 24, v.assigned_at) THEN CAST(1 AS bigint)
            ELSE CAST(0 AS bigint)
        END
    ) AS exposed_count,
    MAX
    (
        CASE
            WHEN DATEADD(day, 2, CAST(CAST(v.assigned_at AS date) AS datetime2(6))) > w.watermark_at THEN 1
            ELSE 0
        END
    ) AS is_partial
FROM marts.int_experiment_exposure_validation AS v
CROSS JOIN ops.data_watermark AS w
WHERE v.assigned_at IS NOT NULL
GROUP BY v.experiment_id, v.variation_id, CAST(v.assigned_at AS date);
GO

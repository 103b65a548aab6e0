/* One row an experiment, analysis mode and unit that the mode counts, with the time its windows count from. */
CREATE OR ALTER VIEW marts.experiment_units
AS
SELECT
    c.experiment_id,
    CAST('itt' AS varchar(16)) AS analysis_mode,
    c.unit_id,
    c.unit_number,
    c.variation_id,
    c.weight_epoch,
    c.arm_number,
    c.itt_anchor_at AS anchor_at
FROM marts.fct_experiment_cohort AS c
WHERE c.is_itt = 1
UNION ALL
SELECT
    c.experiment_id,
    CAST('exposed' AS varchar(16)) AS analysis_mode,
    c.unit_id,
    c.unit_number,
    c.variation_id,
    c.weight_epoch,
    c.arm_number,
    c.exposed_anchor_at AS anchor_at
FROM marts.fct_experiment_cohort AS c
WHERE c.is_exposed = 1;
GO

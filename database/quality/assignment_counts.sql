/*
One row an experiment, filter stage, variation, weight epoch and UTC day of assignment that has units; the stages are
those of quality.count_assignments. What a sample ratio test or an e-process needs, without reading a unit again.
*/
CREATE OR ALTER VIEW quality.assignment_counts
AS
SELECT
    a.experiment_id,
    a.stage,
    a.variation_id,
    a.weight_epoch,
    a.assignment_date,
    a.unit_count
FROM quality.count_assignments(0) AS a;
GO

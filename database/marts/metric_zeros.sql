/*
One row an experiment, mode and metric: what a unit without events counts for y and for the covariate x (NULL: it has no
value), and whether d is the number of a cluster's members. A cluster counts zero_y for each member without events.
*/
CREATE OR ALTER VIEW marts.metric_zeros
AS
SELECT
    p.experiment_id,
    p.analysis_mode,
    p.metric_id,
    MAX(CASE WHEN p.part_name = 'y' THEN p.zero_value END) AS zero_y,
    MAX(CASE WHEN p.part_name = 'x' THEN p.zero_value END) AS zero_x,
    MAX(CASE WHEN p.part_name = 'd' AND p.measure_number = 0 THEN 1 ELSE 0 END) AS counts_members
FROM marts.experiment_metric_parts AS p
GROUP BY p.experiment_id, p.analysis_mode, p.metric_id;
GO

/*
One row an experiment, mode and metric: its times, the constants that the sums of its parts are centred at (NULL of a
part that it lacks), what a unit without events counts for y and for the covariate x (NULL: it has no value), and
whether clusters are randomised (has_members), whose number of members is d (counts_members) or, where d is another
thing, the part n. A cluster counts zero_y for each member without events.
*/
CREATE OR ALTER VIEW marts.metric_constants
AS
SELECT
    p.experiment_id,
    p.analysis_mode,
    p.metric_id,
    p.metric_version,
    MAX(p.mature_seconds) AS mature_seconds,
    MAX(p.anchored_before) AS anchored_before,
    MAX(CASE WHEN p.part_name = 'y' THEN p.center_value END) AS center_y,
    MAX(CASE WHEN p.part_name = 'd' THEN p.center_value END) AS center_d,
    MAX(CASE WHEN p.part_name = 'x' THEN p.center_value END) AS center_x,
    MAX(CASE WHEN p.part_name = 'w' THEN p.center_value END) AS center_w,
    MAX(CASE WHEN p.part_name = 'y' THEN p.zero_value END) AS zero_y,
    MAX(CASE WHEN p.part_name = 'x' THEN p.zero_value END) AS zero_x,
    MAX(CASE WHEN p.part_name = 'd' AND p.measure_number <= 0 THEN 1 ELSE 0 END) AS counts_members,
    MAX(CASE WHEN p.part_name IN ('d', 'n') AND p.measure_number <= 0 THEN 1 ELSE 0 END) AS has_members,
    MAX(CASE WHEN p.part_name = 'y' AND p.is_zero_filled = 1 THEN 1 ELSE 0 END) AS is_zero_filled,
    MAX(CASE WHEN p.part_name = 'y' AND p.threshold IS NOT NULL THEN 1 ELSE 0 END) AS has_threshold
FROM marts.experiment_metric_parts AS p
GROUP BY p.experiment_id, p.analysis_mode, p.metric_id, p.metric_version;
GO

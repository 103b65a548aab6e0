/*
One row an arm of an experiment, another experiment that shares units with it, and an arm of that: the units that have
both, of the last weight epoch of each, and the sums of a metric of the first over those whose window has ended, centred
at the metric's constant. value_count is 0 for a metric with a denominator.
*/
CREATE OR ALTER FUNCTION marts.overlap_cells
(
    @experiment_id varchar(128),
    @analysis_mode varchar(16),
    @metric_id varchar(128)
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        u.variation_id,
        o.experiment_id AS other_experiment_id,
        o.variation_id AS other_variation_id,
        COUNT_BIG(*) AS unit_count,
        COUNT_BIG(v.centered_value) AS value_count,
        MAX(v.center_value) AS center_value,
        COALESCE(SUM(v.centered_value), 0e0) AS sum_centered,
        COALESCE(SUM(v.centered_value * v.centered_value), 0e0) AS sum_centered_sq
    FROM marts.experiment_units AS u
    INNER JOIN
    (
        SELECT MAX(c.weight_epoch) AS weight_epoch
        FROM marts.fct_experiment_cohort AS c
        WHERE c.experiment_id = @experiment_id
    ) AS l
        ON l.weight_epoch = u.weight_epoch
    INNER JOIN marts.fct_experiment_cohort AS o
        ON o.unit_id = u.unit_id
    INNER JOIN
    (
        SELECT
            c.experiment_id,
            MAX(c.weight_epoch) AS weight_epoch
        FROM marts.fct_experiment_cohort AS c
        GROUP BY c.experiment_id
    ) AS e
        ON e.experiment_id = o.experiment_id AND e.weight_epoch = o.weight_epoch
    LEFT JOIN
    (
        SELECT
            t.unit_id,
            p.center_value,
            t.outcome_value - p.center_value AS centered_value
        FROM marts.int_experiment_metric_outcomes AS t
        INNER JOIN marts.experiment_metric_parts AS p
            ON p.experiment_id = t.experiment_id
            AND p.analysis_mode = t.analysis_mode
            AND p.metric_id = t.metric_id
        WHERE t.experiment_id = @experiment_id
            AND p.experiment_id = @experiment_id
            AND t.analysis_mode = @analysis_mode
            AND t.metric_id = @metric_id
            AND p.part_name = 'y'
            AND t.is_mature = 1
            AND t.denominator_value IS NULL
            AND t.outcome_value IS NOT NULL
    ) AS v
        ON v.unit_id = u.unit_id
    WHERE u.experiment_id = @experiment_id
        AND u.analysis_mode = @analysis_mode
        AND o.experiment_id <> @experiment_id
        AND o.is_itt = 1
    GROUP BY u.variation_id, o.experiment_id, o.variation_id
);
GO

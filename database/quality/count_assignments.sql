/*
One row an experiment, filter stage, variation, weight epoch and UTC day of assignment that has units, for all units
(@by_dimension = 0; dimension_id and dimension_value are '') or for each value of each dimension (1; a unit without a
value is in no row). Stages: 'assigned' (every unit of the cohort), 'after_<reason>' (those left after the exclusions up
to this one, in the order of their names: the last such stage are the units of mode itt), 'exposed' (units of mode
exposed: not excluded, with a valid exposure). Of a switchback experiment the blocks that are over are counted, by the
day they start; they are assigned, never exposed.
*/
CREATE OR ALTER FUNCTION quality.count_assignments (@by_dimension int)
RETURNS TABLE
AS
RETURN
(
    WITH units AS
    (
        SELECT
            c.experiment_id,
            CAST('' AS varchar(64)) AS dimension_id,
            CAST('' AS varchar(400)) AS dimension_value,
            c.variation_id,
            c.weight_epoch,
            CAST(c.itt_anchor_at AS date) AS assignment_date,
            c.exclusion_reason,
            COUNT_BIG(*) AS assigned_count,
            SUM(CAST(c.is_exposed AS bigint)) AS exposed_count
        FROM marts.fct_experiment_cohort AS c
        WHERE @by_dimension = 0
        GROUP BY c.experiment_id, c.variation_id, c.weight_epoch, CAST(c.itt_anchor_at AS date), c.exclusion_reason
        UNION ALL
        SELECT
            c.experiment_id,
            d.dimension_id,
            d.dimension_value,
            c.variation_id,
            c.weight_epoch,
            CAST(c.itt_anchor_at AS date) AS assignment_date,
            c.exclusion_reason,
            COUNT_BIG(*) AS assigned_count,
            SUM(CAST(c.is_exposed AS bigint)) AS exposed_count
        FROM marts.fct_experiment_cohort AS c
        INNER JOIN marts.experiment_unit_dimensions AS d
            ON d.experiment_id = c.experiment_id AND d.unit_number = c.unit_number
        WHERE @by_dimension = 1
        GROUP BY c.experiment_id, d.dimension_id, d.dimension_value, c.variation_id, c.weight_epoch,
            CAST(c.itt_anchor_at AS date), c.exclusion_reason
        UNION ALL
        SELECT
            b.experiment_id,
            CAST('' AS varchar(64)) AS dimension_id,
            CAST('' AS varchar(400)) AS dimension_value,
            b.variation_id,
            1 AS weight_epoch,
            CAST(b.block_start_at AS date) AS assignment_date,
            CAST(NULL AS varchar(64)) AS exclusion_reason,
            COUNT_BIG(*) AS assigned_count,
            CAST(0 AS bigint) AS exposed_count
        FROM
        (
            SELECT DISTINCT
                g.experiment_id,
                g.region,
                g.block_start_at,
                g.variation_id
            FROM marts.agg_experiment_metric_blocks AS g
        ) AS b
        WHERE @by_dimension = 0
        GROUP BY b.experiment_id, b.variation_id, CAST(b.block_start_at AS date)
    ),
    exclusions AS
    (
        SELECT DISTINCT
            u.experiment_id,
            u.exclusion_reason
        FROM units AS u
        WHERE u.exclusion_reason IS NOT NULL
    ),
    staged AS
    (
        SELECT
            u.experiment_id,
            CAST('assigned' AS varchar(80)) AS stage,
            u.dimension_id,
            u.dimension_value,
            u.variation_id,
            u.weight_epoch,
            u.assignment_date,
            u.assigned_count AS unit_count
        FROM units AS u
        UNION ALL
        SELECT
            u.experiment_id,
            CAST(CONCAT('after_', x.exclusion_reason) AS varchar(80)) AS stage,
            u.dimension_id,
            u.dimension_value,
            u.variation_id,
            u.weight_epoch,
            u.assignment_date,
            u.assigned_count AS unit_count
        FROM units AS u
        INNER JOIN exclusions AS x
            ON x.experiment_id = u.experiment_id
        WHERE u.exclusion_reason IS NULL OR u.exclusion_reason > x.exclusion_reason
        UNION ALL
        SELECT
            u.experiment_id,
            CAST('exposed' AS varchar(80)) AS stage,
            u.dimension_id,
            u.dimension_value,
            u.variation_id,
            u.weight_epoch,
            u.assignment_date,
            u.exposed_count AS unit_count
        FROM units AS u
    )
    SELECT
        s.experiment_id,
        s.stage,
        s.dimension_id,
        s.dimension_value,
        s.variation_id,
        s.weight_epoch,
        s.assignment_date,
        SUM(s.unit_count) AS unit_count
    FROM staged AS s
    GROUP BY s.experiment_id, s.stage, s.dimension_id, s.dimension_value, s.variation_id, s.weight_epoch,
        s.assignment_date
    HAVING SUM(s.unit_count) > 0
);
GO

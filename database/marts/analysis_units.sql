/*
One row an analysis unit of an experiment: the unit of its cohort itself or, where the experiment randomises clusters
(cluster_attribute), a member of one (marts.experiment_members). unit_id is what events name; unit_number is that of the
randomised unit, member_number that of the member, else 0.
itt_anchor_at and exposed_anchor_at are the times that the windows of each mode count from, NULL where the mode does not
count the unit or the experiment does not compute the mode; end_at is the experiment's end. @changed_only = 1 takes only
the units of marts.refresh_units.
*/
CREATE OR ALTER FUNCTION marts.analysis_units
(
    @experiment_id varchar(128),
    @changed_only int
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        c.unit_id,
        c.unit_number,
        0 AS member_number,
        c.arm_number,
        CASE WHEN c.is_itt = 1 AND COALESCE(x.computed_modes, 'both') <> 'exposed' THEN c.itt_anchor_at END
            AS itt_anchor_at,
        CASE WHEN c.is_exposed = 1 AND COALESCE(x.computed_modes, 'both') <> 'itt' THEN c.exposed_anchor_at END
            AS exposed_anchor_at,
        COALESCE(x.end_at, CAST('9999-12-31' AS datetime2(6))) AS end_at
    FROM marts.fct_experiment_cohort AS c
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = c.experiment_id
    WHERE c.experiment_id = @experiment_id
        AND x.cluster_attribute IS NULL
        AND
        (
            @changed_only = 0
            OR c.unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
        )
    UNION ALL
    SELECT
        m.unit_id,
        m.unit_number,
        m.member_number,
        c.arm_number,
        CASE WHEN c.is_itt = 1 AND COALESCE(x.computed_modes, 'both') <> 'exposed' THEN c.itt_anchor_at END
            AS itt_anchor_at,
        CASE WHEN c.is_exposed = 1 AND COALESCE(x.computed_modes, 'both') <> 'itt' THEN c.exposed_anchor_at END
            AS exposed_anchor_at,
        COALESCE(x.end_at, CAST('9999-12-31' AS datetime2(6))) AS end_at
    FROM marts.fct_experiment_cohort AS c
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = c.experiment_id
    INNER JOIN marts.experiment_members AS m
        ON m.experiment_id = c.experiment_id AND m.unit_number = c.unit_number
    WHERE c.experiment_id = @experiment_id
        AND m.experiment_id = @experiment_id
        AND x.cluster_attribute IS NOT NULL
        AND
        (
            @changed_only = 0
            OR c.unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
        )
);
GO

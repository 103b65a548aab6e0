/*
One row an analysis mode that the experiment computes and analysis unit: the unit of its cohort itself or, where the
experiment randomises clusters (cluster_attribute), a member of one, by its latest value of that attribute; cluster_id
is the unit that was randomised. @changed_only = 1 takes only the units of marts.refresh_units.
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
    WITH members AS
    (
        SELECT
            a.unit_id,
            CAST(a.attribute_value AS varchar(128)) AS cluster_id,
            ROW_NUMBER() OVER (PARTITION BY a.unit_id ORDER BY a.valid_from DESC) AS place
        FROM staging.stg_unit_attributes AS a
        INNER JOIN catalog.experiments AS x
            ON x.cluster_attribute = a.attribute
        WHERE x.experiment_id = @experiment_id
    )
    SELECT
        u.analysis_mode,
        u.unit_id,
        CAST(NULL AS varchar(128)) AS cluster_id,
        u.variation_id,
        u.weight_epoch,
        u.anchor_at
    FROM marts.experiment_units AS u
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = u.experiment_id
    WHERE u.experiment_id = @experiment_id
        AND x.cluster_attribute IS NULL
        AND COALESCE(x.computed_modes, 'both') IN ('both', u.analysis_mode)
        AND
        (
            @changed_only = 0
            OR u.unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
        )
    UNION ALL
    SELECT
        u.analysis_mode,
        m.unit_id,
        m.cluster_id,
        u.variation_id,
        u.weight_epoch,
        u.anchor_at
    FROM marts.experiment_units AS u
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = u.experiment_id
    INNER JOIN members AS m
        ON m.cluster_id = u.unit_id AND m.place = 1
    WHERE u.experiment_id = @experiment_id
        AND x.cluster_attribute IS NOT NULL
        AND COALESCE(x.computed_modes, 'both') IN ('both', u.analysis_mode)
);
GO

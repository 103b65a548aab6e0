/*
One row a unit that has the attribute by which an experiment groups units: group_id is its latest value, the cluster
that is randomised (cluster_attribute) or the region of a switchback (region_attribute). Other experiments have none.
*/
CREATE OR ALTER FUNCTION marts.unit_groups
(
    @experiment_id varchar(128)
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        r.unit_id,
        r.group_id
    FROM
    (
        SELECT
            a.unit_id,
            CAST(a.attribute_value AS varchar(128)) AS group_id,
            ROW_NUMBER() OVER (PARTITION BY a.unit_id ORDER BY a.valid_from DESC) AS place
        FROM staging.stg_unit_attributes AS a
        INNER JOIN catalog.experiments AS x
            ON COALESCE(x.cluster_attribute, x.region_attribute) = a.attribute
        WHERE x.experiment_id = @experiment_id
    ) AS r
    WHERE r.place = 1
);
GO

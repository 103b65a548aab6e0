/*
Rebuilds one experiment's rows of marts.experiment_unit_dimensions. Grain: experiment x unit of the cohort x dimension
that the experiment names: the attribute's value that held when the unit was assigned, so that no treatment can have
changed it. A unit without a value has no row. With @changed_only = 1 the rows of the units in marts.refresh_units are
made again and all others kept.
*/
CREATE OR ALTER PROCEDURE marts.load_experiment_unit_dimensions
    @experiment_id varchar(128),
    @changed_only int = 0
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.experiment_unit_dimensions
    WHERE experiment_id = @experiment_id
        AND
        (
            @changed_only = 0
            OR unit_number IN
            (
                SELECT r.unit_number
                FROM marts.refresh_units AS r
                WHERE r.experiment_id = @experiment_id AND r.unit_number IS NOT NULL
            )
        );

    WITH held AS
    (
        SELECT
            d.dimension_id,
            c.unit_number,
            a.attribute_value,
            ROW_NUMBER() OVER
            (
                PARTITION BY d.dimension_id, c.unit_number
                ORDER BY a.valid_from DESC
            ) AS place
        FROM catalog.experiment_dimensions AS x
        INNER JOIN catalog.dimensions AS d
            ON d.dimension_id = x.dimension_id
        INNER JOIN staging.stg_unit_attributes AS a
            ON a.attribute = d.attribute
        INNER JOIN marts.fct_experiment_cohort AS c
            ON c.unit_id = a.unit_id
        WHERE x.experiment_id = @experiment_id
            AND c.experiment_id = @experiment_id
            AND a.valid_from <= c.itt_anchor_at
            AND
            (
                @changed_only = 0
                OR c.unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
            )
    )
    INSERT INTO marts.experiment_unit_dimensions (experiment_id, dimension_id, unit_number, dimension_value)
    SELECT
        @experiment_id AS experiment_id,
        h.dimension_id,
        h.unit_number,
        h.attribute_value AS dimension_value
    FROM held AS h
    WHERE h.place = 1;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

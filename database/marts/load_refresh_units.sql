/*
Fills marts.refresh_units with the units of one experiment whose rows the loads staged since its last refresh touch:
units assigned, exposed, described or with events in them, and those that lost an event to a newer version of it.
Changed loads are the staged ones that marts.experiment_loads does not have, or has as staged at another time.
*/
CREATE OR ALTER PROCEDURE marts.load_refresh_units
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.refresh_units
    WHERE experiment_id = @experiment_id;

    WITH changed AS
    (
        SELECT
            c.load_id
        FROM marts.changed_loads(@experiment_id) AS c
    ),
    touched AS
    (
        SELECT
            a.unit_id
        FROM staging.stg_experiment_assignments AS a
        INNER JOIN changed AS c
            ON c.load_id = a.load_id
        WHERE a.experiment_id = @experiment_id
        UNION
        SELECT
            e.unit_id
        FROM staging.stg_experiment_exposures AS e
        INNER JOIN changed AS c
            ON c.load_id = e.load_id
        WHERE e.experiment_id = @experiment_id
        UNION
        SELECT
            v.unit_id
        FROM marts.int_experiment_exposure_validation AS v
        INNER JOIN marts.fct_metric_events AS e
            ON e.unit_id = v.unit_id
        INNER JOIN changed AS c
            ON c.load_id = e.load_id
        WHERE v.experiment_id = @experiment_id
        UNION
        SELECT
            v.unit_id
        FROM marts.int_experiment_exposure_validation AS v
        INNER JOIN staging.displaced_units AS d
            ON d.unit_id = v.unit_id
        INNER JOIN changed AS c
            ON c.load_id = d.kept_load_id
        WHERE v.experiment_id = @experiment_id
        UNION
        SELECT
            v.unit_id
        FROM marts.int_experiment_exposure_validation AS v
        INNER JOIN staging.stg_unit_attributes AS a
            ON a.unit_id = v.unit_id
        INNER JOIN changed AS c
            ON c.load_id = a.load_id
        WHERE v.experiment_id = @experiment_id
    )
    INSERT INTO marts.refresh_units (experiment_id, unit_id)
    SELECT
        @experiment_id AS experiment_id,
        t.unit_id
    FROM touched AS t;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

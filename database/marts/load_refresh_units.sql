/*
Fills marts.refresh_units with the units of one experiment whose rows the loads staged since its last refresh touch,
and their numbers in its cohort:
units assigned, exposed, described or with events in them, those that lost an event to a newer version of it or turned
out to be bots, and those that hashing assigned.
Changed loads are the staged ones that marts.experiment_loads does not have, or has as staged at another time; they go
to marts.refresh_loads. @loads_only = 1: before a full refresh, which needs no units.
*/
CREATE OR ALTER PROCEDURE marts.load_refresh_units
    @experiment_id varchar(128),
    @loads_only int = 0
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.refresh_units
    WHERE experiment_id = @experiment_id;

    DELETE FROM marts.refresh_loads
    WHERE experiment_id = @experiment_id;
    INSERT INTO marts.refresh_loads (experiment_id, load_id, staged_at)
    SELECT
        @experiment_id AS experiment_id,
        c.load_id,
        c.staged_at
    FROM marts.changed_loads(@experiment_id) AS c;

    IF @loads_only = 0
    BEGIN
        /* Bots, whose events fct_metric_events lacks, and units the attributes of whose events are looked up. */
        WITH changed AS
        (
            SELECT
                l.load_id
            FROM marts.refresh_loads AS l
            WHERE l.experiment_id = @experiment_id
        ),
        referred AS
        (
            SELECT
                m.user_id AS unit_id
            FROM staging.stg_commerce_events AS m
            INNER JOIN changed AS c
                ON c.load_id = m.load_id
            WHERE m.is_bot = 1
            UNION
            SELECT
                u.user_id AS unit_id
            FROM staging.stg_scrobble_users AS u
            INNER JOIN changed AS c
                ON c.load_id = u.load_id
            UNION
            SELECT
                u.user_id AS unit_id
            FROM staging.stg_podcast_users AS u
            INNER JOIN changed AS c
                ON c.load_id = u.load_id
            UNION
            SELECT
                s.user_id AS unit_id
            FROM staging.cleansed_podcast_events AS s
            INNER JOIN staging.stg_podcast_episodes AS e
                ON e.episode_id = s.episode_id
            INNER JOIN changed AS c
                ON c.load_id = e.load_id
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
            UNION
            /* A unit that hashing assigned has no load, and is new where no row of it is there. */
            SELECT
                a.unit_id
            FROM staging.stg_experiment_assignments AS a
            WHERE a.experiment_id = @experiment_id
                AND a.load_id = 0
                AND NOT EXISTS
                (
                    SELECT 1
                    FROM marts.int_experiment_exposure_validation AS v
                    WHERE v.experiment_id = @experiment_id AND v.unit_id = a.unit_id
                )
            UNION
            SELECT
                v.unit_id
            FROM marts.int_experiment_exposure_validation AS v
            INNER JOIN referred AS r
                ON r.unit_id = v.unit_id
            WHERE v.experiment_id = @experiment_id
        )
        INSERT INTO marts.refresh_units (experiment_id, unit_id, unit_number)
        SELECT
            @experiment_id AS experiment_id,
            t.unit_id,
            c.unit_number
        FROM touched AS t
        LEFT JOIN marts.fct_experiment_cohort AS c
            ON c.experiment_id = @experiment_id AND c.unit_id = t.unit_id;
    END;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds one experiment's rows of marts.int_experiment_exposure_validation. Grain: experiment x unit, for every unit
that was assigned or exposed. A flag says that at least one exposure of the unit
  pre_assignment_exposure   came before the unit's assignment,
  variant_mismatch          showed another variation than the assigned one,
  exposure_outside_window   lies outside [start_at, end_at) of the experiment,
  unassigned_exposure       belongs to a unit without an assignment;
multi_variation_exposure says that the unit was exposed to more than one variation. is_valid_exposure says that at least
one exposure breaks none of the first four rules; first_valid_exposed_at is the earliest of those. Where the experiment
names a trigger_event, each such event of an assigned unit counts as an exposure to its variation, so that the mode
'exposed' is the analysis of the triggered units. With @changed_only = 1 the rows of the units in marts.refresh_units
are made again and all others kept.
*/
CREATE OR ALTER PROCEDURE marts.load_int_experiment_exposure_validation
    @experiment_id varchar(128),
    @changed_only int = 0
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @start_at datetime2(6);
DECLARE @end_at datetime2(6);
DECLARE @message varchar(400);
SELECT
    @start_at = x.start_at,
    @end_at = COALESCE(x.end_at, CAST('9999-12-31' AS datetime2(6)))
FROM catalog.experiments AS x
WHERE x.experiment_id = @experiment_id;
IF @start_at IS NULL
BEGIN
    SET @message = CONCAT('Experiment ''', @experiment_id, ''' is not in catalog.experiments.');
    THROW 50020, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.int_experiment_exposure_validation
    WHERE experiment_id = @experiment_id
        AND
        (
            @changed_only = 0
            OR unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
        );

    WITH assignments AS
    (
        SELECT
            a.unit_id,
            a.variation_id,
            a.assigned_at
        FROM staging.stg_experiment_assignments AS a
        WHERE a.experiment_id = @experiment_id
            AND
            (
                @changed_only = 0
                OR a.unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
            )
    ),
    exposures AS
    (
        SELECT
            e.unit_id,
            e.variation_id,
            e.exposed_at
        FROM staging.stg_experiment_exposures AS e
        WHERE e.experiment_id = @experiment_id
            AND
            (
                @changed_only = 0
                OR e.unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
            )
        UNION ALL
        SELECT
            t.unit_id,
            a.variation_id,
            t.event_at AS exposed_at
        FROM marts.fct_metric_events AS t
        INNER JOIN catalog.experiments AS x
            ON x.trigger_event = t.event_name
        INNER JOIN assignments AS a
            ON a.unit_id = t.unit_id
        WHERE x.experiment_id = @experiment_id
    ),
    judged AS
    (
        SELECT
            COALESCE(a.unit_id, e.unit_id) AS unit_id,
            a.variation_id,
            a.assigned_at,
            e.variation_id AS exposed_variation_id,
            e.exposed_at,
            CASE WHEN a.unit_id IS NULL THEN 1 ELSE 0 END AS is_unassigned,
            CASE WHEN e.exposed_at < a.assigned_at THEN 1 ELSE 0 END AS is_early,
            CASE WHEN e.variation_id <> a.variation_id THEN 1 ELSE 0 END AS is_mismatch,
            CASE WHEN e.exposed_at < @start_at OR e.exposed_at >= @end_at THEN 1 ELSE 0 END AS is_outside
        FROM assignments AS a
        FULL JOIN exposures AS e
            ON e.unit_id = a.unit_id
    ),
    units AS
    (
        SELECT
            j.unit_id,
            MAX(j.variation_id) AS variation_id,
            MAX(j.assigned_at) AS assigned_at,
            COUNT_BIG(j.exposed_at) AS exposure_count,
            MAX(j.is_early) AS pre_assignment_exposure,
            MAX(j.is_mismatch) AS variant_mismatch,
            CASE WHEN MIN(j.exposed_variation_id) <> MAX(j.exposed_variation_id) THEN 1 ELSE 0 END
                AS multi_variation_exposure,
            MAX(j.is_outside) AS exposure_outside_window,
            MAX(j.is_unassigned) AS unassigned_exposure,
            MIN(j.exposed_at) AS first_exposed_at,
            MAX(j.exposed_at) AS last_exposed_at,
            MIN
            (
                CASE
                    WHEN j.is_unassigned = 0 AND j.is_early = 0 AND j.is_mismatch = 0 AND j.is_outside = 0
                        THEN j.exposed_at
                END
            ) AS first_valid_exposed_at
        FROM judged AS j
        GROUP BY j.unit_id
    )
    INSERT INTO marts.int_experiment_exposure_validation
    (
        experiment_id, unit_id, variation_id, exposure_count, pre_assignment_exposure, variant_mismatch,
        multi_variation_exposure, exposure_outside_window, unassigned_exposure, is_valid_exposure, assigned_at,
        first_exposed_at, last_exposed_at, first_valid_exposed_at
    )
    SELECT
        @experiment_id AS experiment_id,
        u.unit_id,
        u.variation_id,
        u.exposure_count,
        u.pre_assignment_exposure,
        u.variant_mismatch,
        u.multi_variation_exposure,
        u.exposure_outside_window,
        u.unassigned_exposure,
        CASE WHEN u.first_valid_exposed_at IS NULL THEN 0 ELSE 1 END AS is_valid_exposure,
        u.assigned_at,
        u.first_exposed_at,
        u.last_exposed_at,
        u.first_valid_exposed_at
    FROM units AS u;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds one experiment's rows of marts.fct_experiment_cohort. Grain: experiment x unit that was assigned within
[start_at, end_at). is_itt: the unit counts by its assignment, from assigned_at; is_exposed: it has a valid exposure and
counts from the first one. A unit with an exclusion_reason counts in neither mode: 'multi_variation' where the
experiment excludes units that saw several variations. weight_epoch is the epoch of catalog.weight_epochs in which the
unit was assigned; a later change of weights does not move it. With @changed_only = 1 the rows of the units in
marts.refresh_units are made again and all others kept.
*/
CREATE OR ALTER PROCEDURE marts.load_fct_experiment_cohort
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
    DELETE FROM marts.fct_experiment_cohort
    WHERE experiment_id = @experiment_id
        AND
        (
            @changed_only = 0
            OR unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
        );

    WITH judged AS
    (
        SELECT
            v.unit_id,
            v.variation_id,
            v.is_valid_exposure,
            v.assigned_at,
            v.first_valid_exposed_at,
            CASE
                WHEN x.exclude_multi_variation = 1 AND v.multi_variation_exposure = 1 THEN 'multi_variation'
            END AS exclusion_reason
        FROM marts.int_experiment_exposure_validation AS v
        INNER JOIN catalog.experiments AS x
            ON x.experiment_id = v.experiment_id
        WHERE v.experiment_id = @experiment_id
            AND v.assigned_at >= @start_at
            AND v.assigned_at < @end_at
            AND
            (
                @changed_only = 0
                OR v.unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
            )
    ),
    epochs AS
    (
        SELECT DISTINCT
            w.weight_epoch,
            w.epoch_start_at,
            COALESCE(w.epoch_end_at, CAST('9999-12-31' AS datetime2(6))) AS epoch_end_at
        FROM catalog.weight_epochs AS w
        WHERE w.experiment_id = @experiment_id
    )
    INSERT INTO marts.fct_experiment_cohort
    (
        experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, exclusion_reason, itt_anchor_at,
        exposed_anchor_at
    )
    SELECT
        @experiment_id AS experiment_id,
        j.unit_id,
        j.variation_id,
        COALESCE(e.weight_epoch, 1) AS weight_epoch,
        CASE WHEN j.exclusion_reason IS NULL THEN 1 ELSE 0 END AS is_itt,
        CASE WHEN j.exclusion_reason IS NULL AND j.is_valid_exposure = 1 THEN 1 ELSE 0 END AS is_exposed,
        j.exclusion_reason,
        j.assigned_at AS itt_anchor_at,
        j.first_valid_exposed_at AS exposed_anchor_at
    FROM judged AS j
    LEFT JOIN epochs AS e
        ON j.assigned_at >= e.epoch_start_at AND j.assigned_at < e.epoch_end_at;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds one experiment's rows of marts.fct_experiment_exposure_quality_daily. Grain: experiment x UTC day. Units count
on the day of their assignment (exposed_unit_count: those of them with a valid exposure, whenever it came; exposure_rate
is their share); exposure events and their flags count on the day of the exposure, as events; multi_variation_count
counts the exposures of units that were exposed to more than one variation. Where the experiment names a trigger_event,
such an event of an assigned unit is an exposure to its variation, as in marts.int_experiment_exposure_validation.
*/
CREATE OR ALTER PROCEDURE marts.load_fct_experiment_exposure_quality_daily
    @experiment_id varchar(128)
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
    DELETE FROM marts.fct_experiment_exposure_quality_daily
    WHERE experiment_id = @experiment_id;

    WITH units AS
    (
        SELECT
            CAST(v.assigned_at AS date) AS quality_date,
            COUNT_BIG(*) AS assigned_unit_count,
            SUM(CAST(v.is_valid_exposure AS bigint)) AS exposed_unit_count
        FROM marts.int_experiment_exposure_validation AS v
        WHERE v.experiment_id = @experiment_id AND v.assigned_at IS NOT NULL
        GROUP BY CAST(v.assigned_at AS date)
    ),
    exposures AS
    (
        SELECT
            e.unit_id,
            e.variation_id,
            e.exposed_at
        FROM staging.stg_experiment_exposures AS e
        WHERE e.experiment_id = @experiment_id
        UNION ALL
        SELECT
            t.unit_id,
            v.variation_id,
            t.event_at AS exposed_at
        FROM marts.fct_metric_events AS t
        INNER JOIN catalog.experiments AS x
            ON x.trigger_event = t.event_name
        INNER JOIN marts.int_experiment_exposure_validation AS v
            ON v.unit_id = t.unit_id
        WHERE x.experiment_id = @experiment_id AND v.experiment_id = @experiment_id AND v.assigned_at IS NOT NULL
    ),
    events AS
    (
        SELECT
            CAST(e.exposed_at AS date) AS quality_date,
            COUNT_BIG(*) AS exposure_event_count,
            SUM(CAST(CASE WHEN e.exposed_at < v.assigned_at THEN 1 ELSE 0 END AS bigint)) AS pre_assignment_count,
            SUM(CAST(CASE WHEN e.variation_id <> v.variation_id THEN 1 ELSE 0 END AS bigint))
                AS variant_mismatch_count,
            SUM(CAST(v.multi_variation_exposure AS bigint)) AS multi_variation_count,
            SUM(CAST(CASE WHEN e.exposed_at < @start_at OR e.exposed_at >= @end_at THEN 1 ELSE 0 END AS bigint))
                AS outside_window_count,
            SUM(CAST(v.unassigned_exposure AS bigint)) AS unassigned_count
        FROM exposures AS e
        INNER JOIN marts.int_experiment_exposure_validation AS v
            ON v.unit_id = e.unit_id
        WHERE v.experiment_id = @experiment_id
        GROUP BY CAST(e.exposed_at AS date)
    )
    INSERT INTO marts.fct_experiment_exposure_quality_daily
    (
        experiment_id, quality_date, assigned_unit_count, exposed_unit_count, exposure_event_count,
        pre_assignment_count, variant_mismatch_count, multi_variation_count, outside_window_count, unassigned_count,
        exposure_rate
    )
    SELECT
        @experiment_id AS experiment_id,
        COALESCE(u.quality_date, e.quality_date) AS quality_date,
        COALESCE(u.assigned_unit_count, 0) AS assigned_unit_count,
        COALESCE(u.exposed_unit_count, 0) AS exposed_unit_count,
        COALESCE(e.exposure_event_count, 0) AS exposure_event_count,
        COALESCE(e.pre_assignment_count, 0) AS pre_assignment_count,
        COALESCE(e.variant_mismatch_count, 0) AS variant_mismatch_count,
        COALESCE(e.multi_variation_count, 0) AS multi_variation_count,
        COALESCE(e.outside_window_count, 0) AS outside_window_count,
        COALESCE(e.unassigned_count, 0) AS unassigned_count,
        CAST(u.exposed_unit_count AS float) / NULLIF(CAST(u.assigned_unit_count AS float), 0) AS exposure_rate
    FROM units AS u
    FULL JOIN events AS e
        ON e.quality_date = u.quality_date;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

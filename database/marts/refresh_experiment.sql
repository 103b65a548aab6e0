/*
Rebuilds everything of one experiment in the marts, in one transaction: readers see the old rows or the new ones.
Refuses while catalog.problems has rows for the experiment.
*/
CREATE OR ALTER PROCEDURE marts.refresh_experiment
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @message varchar(1200);
IF NOT EXISTS (SELECT 1 FROM catalog.experiments AS x WHERE x.experiment_id = @experiment_id)
BEGIN
    SET @message = CONCAT('Experiment ''', @experiment_id, ''' is not in catalog.experiments.');
    THROW 50020, @message, 1;
END;
SELECT TOP (1) @message = p.problem
FROM catalog.problems AS p
WHERE p.experiment_id = @experiment_id
ORDER BY p.problem;
IF @message IS NOT NULL
    THROW 50021, @message, 1;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    EXEC marts.load_int_experiment_exposure_validation @experiment_id = @experiment_id;
    EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = @experiment_id;
    EXEC marts.load_fct_experiment_cohort @experiment_id = @experiment_id;
    EXEC marts.load_experiment_unit_dimensions @experiment_id = @experiment_id;
    EXEC marts.load_event_attributes;
    EXEC marts.load_experiment_measures @experiment_id = @experiment_id;
    EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = @experiment_id;
    EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = @experiment_id;
    EXEC marts.load_agg_experiment_metric_ranks @experiment_id = @experiment_id;
    EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = @experiment_id;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

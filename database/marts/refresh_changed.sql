/*
The part of marts.refresh_experiment that keeps what did not change, in one transaction. @refresh_kind 'incremental'
makes the rows of the units in marts.refresh_units again, then the aggregates; 'aggregates' the aggregates alone; 'none'
nothing.
*/
CREATE OR ALTER PROCEDURE marts.refresh_changed
    @experiment_id varchar(128),
    @refresh_kind varchar(16),
    @unit_hash bigint,
    @aggregate_hash bigint,
    @changed_load_count bigint,
    @changed_unit_count bigint,
    @watermark_at datetime2(6)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF @refresh_kind <> 'none'
    BEGIN
        EXEC marts.load_event_attributes;
        EXEC marts.load_filter_events;
    END;
    IF @refresh_kind = 'incremental'
    BEGIN
        EXEC marts.load_int_experiment_exposure_validation @experiment_id = @experiment_id, @changed_only = 1;
        EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = @experiment_id;
        EXEC marts.load_fct_experiment_cohort @experiment_id = @experiment_id, @changed_only = 1;
        EXEC marts.load_experiment_unit_dimensions @experiment_id = @experiment_id, @changed_only = 1;
    END;
    IF @refresh_kind <> 'none'
    BEGIN
        EXEC marts.load_experiment_measures @experiment_id = @experiment_id, @changed_only = 1;
        EXEC marts.load_metric_aggregates @experiment_id = @experiment_id;
    END;
    EXEC marts.record_refresh
        @experiment_id = @experiment_id, @refresh_kind = @refresh_kind, @unit_hash = @unit_hash,
        @aggregate_hash = @aggregate_hash, @changed_load_count = @changed_load_count,
        @changed_unit_count = @changed_unit_count, @watermark_at = @watermark_at;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

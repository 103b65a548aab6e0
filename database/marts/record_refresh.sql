/*
Ends a refresh of an experiment: the loads that it brought in are held, what it did goes to marts.experiment_refreshes,
and its work lists are emptied.
*/
CREATE OR ALTER PROCEDURE marts.record_refresh
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
DECLARE @now datetime2(6) = SYSUTCDATETIME();
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE k
    FROM marts.experiment_loads AS k
    INNER JOIN marts.refresh_loads AS l
        ON l.experiment_id = k.experiment_id AND l.load_id = k.load_id
    WHERE k.experiment_id = @experiment_id;
    INSERT INTO marts.experiment_loads (experiment_id, load_id, staged_at)
    SELECT
        l.experiment_id,
        l.load_id,
        l.staged_at
    FROM marts.refresh_loads AS l
    WHERE l.experiment_id = @experiment_id;
    DELETE FROM marts.refresh_loads
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.refresh_units
    WHERE experiment_id = @experiment_id;
    DELETE FROM marts.experiment_refreshes
    WHERE experiment_id = @experiment_id;
    INSERT INTO marts.experiment_refreshes
    (
        experiment_id, unit_hash, aggregate_hash, refresh_kind, changed_load_count, changed_unit_count, watermark_at,
        refreshed_at
    )
    VALUES
    (
        @experiment_id, @unit_hash, @aggregate_hash, @refresh_kind, @changed_load_count, @changed_unit_count,
        @watermark_at, @now
    );
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Forgets what the marts hold of an experiment, or of all (@experiment_id NULL), so that the next refresh of each builds
it anew. The rows stay readable until then. A rebuilding that is cut off goes on with the experiments that are left, the
one that it was in from its beginning.
*/
CREATE OR ALTER PROCEDURE marts.forget_refresh
    @experiment_id varchar(128) = NULL
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.experiment_refreshes
    WHERE @experiment_id IS NULL OR experiment_id = @experiment_id;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

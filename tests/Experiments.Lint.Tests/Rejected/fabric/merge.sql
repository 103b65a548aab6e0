-- expects: merge at 12:5
-- as: database/marts/load_plays.sql
/* Loads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    MERGE INTO marts.plays AS t
    USING staging.stg_plays AS s
        ON s.play_id = t.play_id
    WHEN NOT MATCHED THEN
        INSERT (play_id) VALUES (s.play_id);
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

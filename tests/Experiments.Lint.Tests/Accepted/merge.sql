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
    DELETE t
    FROM marts.plays AS t
    INNER JOIN staging.stg_plays AS s
        ON s.play_id = t.play_id;
    INSERT INTO marts.plays (play_id)
    SELECT s.play_id FROM staging.stg_plays AS s;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

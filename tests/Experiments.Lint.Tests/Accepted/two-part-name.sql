-- as: database/marts/load_plays.sql
/* Removes plays of one user. A common table expression, a temporary table and a target's alias have one part. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    WITH latest AS
    (
        SELECT p.play_id FROM marts.plays AS p
    )
    SELECT l.play_id INTO #latest FROM latest AS l;
    DELETE p
    FROM marts.plays AS p
    INNER JOIN #latest AS l
        ON l.play_id = p.play_id;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

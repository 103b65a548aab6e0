-- as: database/marts/load_plays.sql
/* Reads the latest play; a semicolon may stand on a line of its own. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @play_id bigint;
IF @play_id IS NULL
BEGIN
    SELECT @play_id = MAX(p.play_id)
    FROM marts.plays AS p
    ;
END;
GO

-- expects: json at 8:40
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT p.play_id FROM marts.plays AS p FOR JSON PATH;
GO

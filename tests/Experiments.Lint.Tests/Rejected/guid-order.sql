-- expects: guid-order at 8:49
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT p.play_id FROM marts.plays AS p ORDER BY CAST(p.play_key AS uniqueidentifier);
GO

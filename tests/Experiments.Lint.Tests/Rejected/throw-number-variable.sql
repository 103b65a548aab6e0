-- expects: throw-number at 9:1
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @number int = 50001;
THROW @number, 'No plays.', 1;
GO

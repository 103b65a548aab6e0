-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @plays bigint;
SELECT @plays = COUNT_BIG(*) FROM marts.plays AS p;
GO

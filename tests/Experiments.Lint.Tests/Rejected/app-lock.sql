-- expects: app-lock at 8:6
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
EXEC sp_getapplock @Resource = 'plays', @LockMode = 'Exclusive';
GO

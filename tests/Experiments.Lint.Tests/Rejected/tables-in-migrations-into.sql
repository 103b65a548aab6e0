-- expects: tables-in-migrations at 9:6
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT p.play_id
INTO marts.plays_copy
FROM marts.plays AS p;
GO

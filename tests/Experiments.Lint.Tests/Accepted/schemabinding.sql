-- as: database/marts/load_plays.sql
/* Reads plays; another option is no binding. */
CREATE OR ALTER PROCEDURE marts.load_plays
WITH RECOMPILE
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT MAX(p.play_id) AS play_id FROM marts.plays AS p;
GO

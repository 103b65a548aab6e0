-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT TOP (0) p.play_id INTO #expected FROM marts.plays AS p;
SELECT TOP (1) p.play_id FROM marts.plays AS p ORDER BY p.play_id;
GO

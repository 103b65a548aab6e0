-- expects: clock-once at 9:34
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @started_at datetime2(6) = SYSUTCDATETIME();
DECLARE @ended_at datetime2(6) = SYSUTCDATETIME();
SELECT MAX(p.play_id) AS play_id FROM marts.plays AS p WHERE p.played_at >= @started_at AND p.played_at < @ended_at;
GO

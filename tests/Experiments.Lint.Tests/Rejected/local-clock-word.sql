-- expects: local-clock at 8:29
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @now datetime2(6) = CURRENT_TIMESTAMP;
SELECT MAX(p.play_id) AS play_id FROM marts.plays AS p WHERE p.played_at < @now;
GO

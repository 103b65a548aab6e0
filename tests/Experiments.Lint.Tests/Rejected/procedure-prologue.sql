-- expects: procedure-prologue at 6:1
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET XACT_ABORT ON;
SET NOCOUNT ON;
SELECT MAX(p.play_id) AS play_id FROM marts.plays AS p;
GO

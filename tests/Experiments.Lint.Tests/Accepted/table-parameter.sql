-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
    @play_id bigint
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT MAX(p.play_id) AS play_id FROM marts.plays AS p WHERE p.play_id < @play_id;
GO

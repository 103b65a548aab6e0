-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @play_id bigint;
SELECT @play_id = MIN(p.play_id) FROM marts.plays AS p;
WHILE @play_id IS NOT NULL
BEGIN
    EXEC marts.load_play @play_id = @play_id;
    SELECT @play_id = MIN(p.play_id) FROM marts.plays AS p WHERE p.play_id > @play_id;
END;
GO

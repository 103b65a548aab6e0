-- expects: semicolon at 9:5
-- as: database/marts/load_plays.sql
/* Reads the latest play. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
BEGIN
    SELECT MAX(p.play_id) AS play_id FROM marts.plays AS p
END;
GO

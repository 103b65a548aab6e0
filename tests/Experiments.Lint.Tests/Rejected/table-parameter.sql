-- expects: table-parameter at 5:5
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
    @keys marts.play_keys READONLY
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT MAX(p.play_id) AS play_id FROM marts.plays AS p;
GO

-- expects: tables-in-migrations at 8:1
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
ALTER TABLE marts.plays ADD skip_count bigint NULL;
GO

-- expects: scope-identity at 8:8
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT SCOPE_IDENTITY() AS run_id;
GO

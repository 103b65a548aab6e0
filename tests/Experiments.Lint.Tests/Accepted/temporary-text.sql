-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
CREATE TABLE #plays
(
    play_id bigint NOT NULL,
    played_at datetime2(6) NOT NULL
);
GO

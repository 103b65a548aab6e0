-- expects: temporary-text at 11:5
-- as: database/marts/load_plays.sql
/* Reads plays. */
CREATE OR ALTER PROCEDURE marts.load_plays
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
CREATE TABLE #plays
(
    play_id bigint NOT NULL,
    artist_name varchar(100) NOT NULL
);
GO

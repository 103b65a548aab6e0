-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT p.play_seconds / 60e0 AS play_minutes
    FROM marts.plays AS p
    WHERE p.play_id = @play_id
);
GO

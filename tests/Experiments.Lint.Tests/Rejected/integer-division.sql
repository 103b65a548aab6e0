-- expects: integer-division at 9:12
-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT p.play_seconds / 60 AS play_minutes
    FROM (SELECT CAST(s.play_seconds AS int) AS play_seconds FROM marts.plays AS s) AS p
);
GO

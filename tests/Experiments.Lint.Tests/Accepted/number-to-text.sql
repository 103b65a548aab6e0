-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT CONCAT('play ', @play_id, ' of ', CAST(CAST(p.play_minutes AS float) AS varchar(32)), ' minutes') AS sentence
    FROM marts.plays AS p
);
GO

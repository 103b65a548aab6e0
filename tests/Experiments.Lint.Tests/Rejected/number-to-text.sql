-- expects: number-to-text at 9:29
-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT CONCAT('plays ', CAST(p.play_minutes AS float), ' minutes') AS sentence
    FROM marts.plays AS p
);
GO

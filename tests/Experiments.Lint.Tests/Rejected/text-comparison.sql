-- expects: text-comparison at 11:11
-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT p.play_id
    FROM marts.plays AS p
    WHERE @play_id = '5'
);
GO

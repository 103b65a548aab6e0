-- expects: power-of-float at 9:12
-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT POWER(10, 3) AS thousand
);
GO

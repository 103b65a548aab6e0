-- expects: decimal-arithmetic at 9:12
-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT CAST(p.price AS decimal(19,4)) / NULLIF(CAST(p.quantity AS decimal(19,4)), 0) AS unit_price
    FROM marts.plays AS p
);
GO

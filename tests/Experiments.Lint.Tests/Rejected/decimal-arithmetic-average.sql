-- expects: decimal-arithmetic at 6:19
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.user_id, AVG(CAST(s.price AS decimal(19,4))) AS mean_price
FROM staging.stg_plays AS s
GROUP BY s.user_id;
GO

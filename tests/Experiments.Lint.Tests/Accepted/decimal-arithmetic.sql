-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT
    s.user_id,
    SUM(CAST(s.price AS decimal(19,4))) AS gross_price,
    AVG(CAST(CAST(s.price AS decimal(19,4)) AS float)) AS mean_price
FROM staging.stg_plays AS s
GROUP BY s.user_id;
GO

/*
One row a data test and row that breaks it, at most 100 of them a test, in the order of their keys.
*/
CREATE OR ALTER VIEW quality.data_test_rows
AS
WITH offending AS
(
    SELECT r.test_name, r.offending_key FROM quality.data_test_rows_staging AS r
    UNION ALL
    SELECT r.test_name, r.offending_key FROM quality.data_test_rows_marts AS r
    UNION ALL
    SELECT r.test_name, r.offending_key FROM quality.data_test_rows_catalog AS r
    UNION ALL
    SELECT r.test_name, r.offending_key FROM quality.data_test_rows_results AS r
),
placed AS
(
    SELECT
        o.test_name,
        o.offending_key,
        ROW_NUMBER() OVER (PARTITION BY o.test_name ORDER BY o.offending_key) AS place
    FROM offending AS o
)
SELECT
    p.test_name,
    p.place,
    p.offending_key
FROM placed AS p
WHERE p.place <= 100;
GO

/*
One row: the bucket, 0 to 9999, of a unit under a salt. The first 7 bytes of SHA-256 over the UTF-8 text 'salt:unit' are
read as an integer and taken modulo 10,000; of 2^56 values each bucket gets its share to within 1.4e-13. The answer is
the same on every engine and in the runner.
*/
CREATE OR ALTER FUNCTION catalog.assignment_bucket (@salt varchar(128), @unit_id varchar(128))
RETURNS TABLE
AS
RETURN
(
    SELECT
        CAST
        (
            CAST(SUBSTRING(HASHBYTES('SHA2_256', CONCAT(@salt, ':', @unit_id)), 1, 7) AS bigint) % 10000 AS int
        ) AS bucket
);
GO

-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT COUNT_BIG(c.COLUMN_NAME) AS column_count
FROM INFORMATION_SCHEMA.COLUMNS AS c;
GO

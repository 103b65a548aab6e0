-- expects: dynamic-sql at 6:5
-- as: migrations/0001_create_plays.sql
/* One row a play. */
DECLARE @sql varchar(100) = 'SELECT 1';
IF SCHEMA_ID('extra') IS NULL
    EXEC(@sql);
GO

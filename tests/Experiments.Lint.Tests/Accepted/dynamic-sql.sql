-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF SCHEMA_ID('extra') IS NULL
    EXEC('CREATE SCHEMA extra');
GO

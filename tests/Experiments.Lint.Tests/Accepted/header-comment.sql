-- as: migrations/0001_create_plays.sql
-- engines: sqlserver
-- transaction: none
/* The reader's role. */
IF DATABASE_PRINCIPAL_ID('reader') IS NULL
    CREATE ROLE reader;
GO

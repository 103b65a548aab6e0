-- as: migrations/0001_create_roles.sql
-- engines: sqlserver
/* A migration holds what belongs together. */
IF DATABASE_PRINCIPAL_ID('reader') IS NULL
    CREATE ROLE reader;
GO

GRANT SELECT ON SCHEMA::marts TO reader;
GO

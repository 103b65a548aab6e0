-- engines: sqlserver
/*
Least privilege: readers see results and quality, analysts also the definitions and their problems, loaders write raw
and run the procedures. Deployment needs db_owner and is no role of ours.
*/
IF DATABASE_PRINCIPAL_ID('experiments_reader') IS NULL
    CREATE ROLE experiments_reader;
IF DATABASE_PRINCIPAL_ID('experiments_analyst') IS NULL
    CREATE ROLE experiments_analyst;
IF DATABASE_PRINCIPAL_ID('experiments_loader') IS NULL
    CREATE ROLE experiments_loader;
GO

GRANT SELECT ON SCHEMA::results TO experiments_reader;
GRANT SELECT ON SCHEMA::quality TO experiments_reader;
GO

GRANT SELECT ON SCHEMA::results TO experiments_analyst;
GRANT SELECT ON SCHEMA::quality TO experiments_analyst;
GRANT SELECT ON SCHEMA::marts TO experiments_analyst;
GRANT SELECT ON SCHEMA::staging TO experiments_analyst;
GRANT SELECT ON SCHEMA::ops TO experiments_analyst;
GRANT SELECT, INSERT, UPDATE ON SCHEMA::catalog TO experiments_analyst;
GRANT EXECUTE ON SCHEMA::staging TO experiments_analyst;
GRANT EXECUTE ON SCHEMA::marts TO experiments_analyst;
GRANT INSERT, DELETE ON SCHEMA::results TO experiments_analyst;
GRANT INSERT, UPDATE, DELETE ON OBJECT::ops.analysis_runs TO experiments_analyst;
GRANT UPDATE ON OBJECT::ops.counters TO experiments_analyst;
GO

GRANT SELECT, INSERT, DELETE ON SCHEMA::raw TO experiments_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON OBJECT::ops.load_log TO experiments_loader;
GRANT SELECT, UPDATE ON OBJECT::ops.counters TO experiments_loader;
GRANT SELECT ON SCHEMA::quality TO experiments_loader;
GRANT EXECUTE ON SCHEMA::staging TO experiments_loader;
GO

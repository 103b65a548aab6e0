-- engines: sqlserver
/*
A loader reads how sources are described, and says at the end of a load what became of its lines.
*/
GRANT SELECT ON OBJECT::catalog.sources TO experiments_loader;
GRANT SELECT ON OBJECT::catalog.source_columns TO experiments_loader;
GRANT SELECT ON OBJECT::catalog.source_layouts TO experiments_loader;
GRANT SELECT ON OBJECT::staging.quarantine TO experiments_loader;
GRANT SELECT ON OBJECT::staging.duplicates TO experiments_loader;
GO

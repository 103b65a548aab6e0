-- as: migrations/0001_create_plays.sql
/* One row a play. */
/* DbUp's own journal is as DbUp makes it. */
IF OBJECT_ID('dbo.SchemaVersions') IS NULL
    CREATE TABLE dbo.SchemaVersions
    (
        Id int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_SchemaVersions_Id PRIMARY KEY,
        ScriptName nvarchar(255) NOT NULL,
        Applied datetime NOT NULL
    );
GO

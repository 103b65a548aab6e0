/*
The layers. Data flows one way: raw -> staging -> marts -> results. catalog holds the definitions, quality reads all,
ops is the log book.
*/
IF SCHEMA_ID('raw') IS NULL
    EXEC('CREATE SCHEMA raw');
IF SCHEMA_ID('staging') IS NULL
    EXEC('CREATE SCHEMA staging');
IF SCHEMA_ID('marts') IS NULL
    EXEC('CREATE SCHEMA marts');
IF SCHEMA_ID('catalog') IS NULL
    EXEC('CREATE SCHEMA catalog');
IF SCHEMA_ID('quality') IS NULL
    EXEC('CREATE SCHEMA quality');
IF SCHEMA_ID('results') IS NULL
    EXEC('CREATE SCHEMA results');
IF SCHEMA_ID('ops') IS NULL
    EXEC('CREATE SCHEMA ops');
GO

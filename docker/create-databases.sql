/* The databases of compose.yaml, with the collation that `runner migrate` demands. */
IF DB_ID('experiments') IS NULL
    CREATE DATABASE experiments COLLATE Latin1_General_100_BIN2_UTF8;
IF DB_ID('experiments_test') IS NULL
    CREATE DATABASE experiments_test COLLATE Latin1_General_100_BIN2_UTF8;
GO

-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF SCHEMA_ID('marts') IS NULL
    EXEC('CREATE SCHEMA marts');
GO

IF COL_LENGTH('marts.plays', 'skip_count') IS NULL
    ALTER TABLE marts.plays ADD skip_count bigint NULL;
GO

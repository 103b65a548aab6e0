-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('raw.plays') IS NULL
    CREATE TABLE raw.plays
    (
        played_at varchar(4000) NULL
    );
GO

IF OBJECT_ID('staging.stg_plays') IS NULL
    CREATE TABLE staging.stg_plays
    (
        is_skipped bit NOT NULL,
        played_date date NOT NULL,
        played_at datetime2(6) NOT NULL
    );
GO

-- expects: collate at 7:42
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        artist_name varchar(100) COLLATE Latin1_General_100_BIN2_UTF8 NOT NULL
    );
GO

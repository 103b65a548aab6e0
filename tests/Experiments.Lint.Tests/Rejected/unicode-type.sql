-- expects: unicode-type at 7:21
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        artist_name nvarchar(100) NOT NULL
    );
GO

-- expects: offset-column at 7:21
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        landed_time datetimeoffset(6) NOT NULL
    );
GO

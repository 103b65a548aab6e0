-- expects: time-type at 7:22
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        first_played datetime NOT NULL
    );
GO

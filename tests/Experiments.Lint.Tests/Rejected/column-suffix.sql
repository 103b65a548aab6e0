-- expects: column-suffix at 7:9
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        played_at varchar(40) NOT NULL
    );
GO

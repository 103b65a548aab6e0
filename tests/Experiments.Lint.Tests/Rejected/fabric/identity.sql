-- expects: identity at 7:24
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        play_id bigint IDENTITY(1, 1) NOT NULL
    );
GO

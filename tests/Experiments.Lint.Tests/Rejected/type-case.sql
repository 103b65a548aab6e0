-- expects: type-case at 7:17
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        play_id BIGINT NOT NULL
    );
GO

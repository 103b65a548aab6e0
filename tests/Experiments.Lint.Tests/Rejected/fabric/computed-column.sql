-- expects: computed-column at 8:9
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        play_seconds float NOT NULL,
        play_minutes AS (play_seconds / 60e0)
    );
GO

-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        play_seconds float NOT NULL CONSTRAINT df_plays_play_seconds DEFAULT 0
    );
GO

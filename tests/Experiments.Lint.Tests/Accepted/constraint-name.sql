-- as: migrations/0001_create_plays.sql
/* One row a play; NOT NULL needs no name. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        play_id bigint NOT NULL CONSTRAINT df_plays_play_id DEFAULT 0,
        CONSTRAINT pk_plays PRIMARY KEY (play_id)
    );
GO

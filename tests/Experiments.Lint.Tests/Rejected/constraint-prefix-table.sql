-- expects: constraint-prefix at 8:20
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        play_id bigint NOT NULL,
        CONSTRAINT ck_play_id CHECK (play_id > 0)
    );
GO

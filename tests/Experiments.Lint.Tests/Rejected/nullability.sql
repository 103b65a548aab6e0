-- expects: nullability at 8:9
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        play_id bigint NOT NULL,
        skip_count bigint
    );
GO

-- expects: guarded-create at 4:1
-- as: migrations/0001_create_plays.sql
/* One row a play. */
CREATE TABLE marts.plays
(
    play_id bigint NOT NULL,
    CONSTRAINT pk_plays PRIMARY KEY (play_id)
);
GO

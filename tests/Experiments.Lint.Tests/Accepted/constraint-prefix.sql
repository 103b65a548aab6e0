-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        play_id bigint NOT NULL,
        user_id bigint NOT NULL,
        skip_count bigint NOT NULL CONSTRAINT df_plays_skip_count DEFAULT 0,
        CONSTRAINT pk_plays PRIMARY KEY (play_id),
        CONSTRAINT uq_plays_user_id UNIQUE (user_id),
        CONSTRAINT ck_plays_skip_count CHECK (skip_count >= 0),
        CONSTRAINT fk_plays_dim_users FOREIGN KEY (user_id) REFERENCES marts.dim_users (user_id)
    );
GO

-- expects: integer-aggregate at 12:19
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        user_id bigint NOT NULL,
        play_seconds int NOT NULL
    );
GO

SELECT p.user_id, SUM(p.play_seconds) AS play_seconds
INTO #totals
FROM marts.plays AS p
GROUP BY p.user_id;
GO

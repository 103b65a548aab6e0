-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('marts.plays') IS NULL
    CREATE TABLE marts.plays
    (
        user_id bigint NOT NULL,
        play_seconds int NOT NULL,
        play_minutes float NOT NULL
    );
GO

SELECT
    p.user_id,
    SUM(CAST(p.play_seconds AS bigint)) AS play_seconds,
    AVG(CAST(p.play_seconds AS float)) AS mean_seconds,
    MAX(p.play_seconds) AS longest_seconds,
    AVG(p.play_minutes) AS mean_minutes
INTO #totals
FROM marts.plays AS p
GROUP BY p.user_id;
GO

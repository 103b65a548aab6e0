-- expects: raw-conversion at 11:8
-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('raw.plays') IS NULL
    CREATE TABLE raw.plays
    (
        played_at varchar(4000) NULL
    );
GO

SELECT CAST(p.played_at AS datetime2(6)) AS played_at
INTO #typed
FROM raw.plays AS p
WHERE LEN(p.played_at) = 10;
GO

-- as: migrations/0001_create_plays.sql
/* One row a play. */
IF OBJECT_ID('raw.plays') IS NULL
    CREATE TABLE raw.plays
    (
        load_id bigint NOT NULL,
        played_at varchar(4000) NULL
    );
GO

SELECT
    CAST(p.load_id AS int) AS load_number,
    CASE WHEN LEN(p.played_at) = 10 THEN TRY_CAST(p.played_at AS date) END AS played_date
INTO #typed
FROM raw.plays AS p;
GO

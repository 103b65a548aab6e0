-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE s.played_date >= CAST('2024-01-02' AS date) AND s.played_at < CAST('2024-01-02T03:04:05' AS datetime2(6));
GO

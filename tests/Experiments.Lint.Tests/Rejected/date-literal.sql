-- expects: date-literal at 8:29
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE s.played_date >= CAST('20240102' AS date);
GO

-- expects: view-order at 8:1
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT TOP (10) s.play_id
FROM staging.stg_plays AS s
ORDER BY s.play_id;
GO

-- expects: big-literal at 8:20
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE s.epoch_ms > 4102444800000;
GO

-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE s.epoch_ms > CAST(4102444800000 AS bigint) AND s.play_id < 2147483647;
GO

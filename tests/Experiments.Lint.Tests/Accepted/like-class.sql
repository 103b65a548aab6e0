-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE s.country LIKE 'A_%';
GO

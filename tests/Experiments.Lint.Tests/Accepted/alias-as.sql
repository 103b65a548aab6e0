-- as: database/marts/plays.sql
/* One row a play and mode. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.play_id AS play_number, modes.mode_name
FROM staging.stg_plays AS s
CROSS JOIN (VALUES ('itt'), ('exposed')) AS modes (mode_name);
GO

-- as: database/marts/plays.sql
/* One row a play and mode. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.play_id, m.mode_name
FROM staging.stg_plays AS s
CROSS JOIN marts.modes AS m;
GO

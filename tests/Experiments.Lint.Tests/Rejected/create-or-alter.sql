-- expects: create-or-alter at 4:1
-- as: database/marts/plays.sql
/* One row a play. */
CREATE VIEW marts.plays
AS
SELECT s.play_id FROM staging.stg_plays AS s;
GO

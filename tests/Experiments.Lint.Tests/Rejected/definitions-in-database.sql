-- expects: definitions-in-database at 4:1
-- as: migrations/0002_create_plays_view.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id FROM staging.stg_plays AS s;
GO

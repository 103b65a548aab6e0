-- expects: header-comment at 3:1
-- as: database/marts/plays.sql
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id FROM staging.stg_plays AS s;
GO

-- expects: file-name at 4:22
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW results.plays
AS
SELECT s.play_id FROM staging.stg_plays AS s;
GO

-- expects: object-prefix at 4:28
-- as: database/marts/vw_plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.vw_plays
AS
SELECT s.play_id FROM staging.stg_plays AS s;
GO

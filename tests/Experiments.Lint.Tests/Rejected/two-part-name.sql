-- expects: two-part-name at 6:6
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.play_id
FROM stg_plays AS s;
GO

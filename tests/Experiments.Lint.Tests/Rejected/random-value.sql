-- expects: random-value at 6:19
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, NEWID() AS lot
FROM staging.stg_plays AS s;
GO

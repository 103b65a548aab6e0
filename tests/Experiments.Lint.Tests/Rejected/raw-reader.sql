-- expects: raw-reader at 7:6
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT p.play_id
FROM raw.plays AS p;
GO

-- as: database/quality/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW quality.plays
AS
SELECT p.play_id
FROM raw.plays AS p;
GO

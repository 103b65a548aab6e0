-- expects: layer-order at 7:6
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.run_id
FROM results.summary_rows AS s;
GO

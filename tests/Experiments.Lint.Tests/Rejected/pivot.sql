-- expects: pivot at 7:6
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT w.itt, w.exposed
FROM staging.stg_modes PIVOT (SUM(unit_count) FOR mode_name IN (itt, exposed)) AS w;
GO

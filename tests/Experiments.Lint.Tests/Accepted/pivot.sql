-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT v.mode_name, v.unit_count
FROM staging.stg_modes AS m
CROSS APPLY (VALUES ('itt', m.itt_count), ('exposed', m.exposed_count)) AS v (mode_name, unit_count);
GO

/*
One row a staged event that a later load displaced and unit that it had named: where the newer version names another
unit, the old one's numbers change too. kept_load_id is the load of the version that was kept.
*/
CREATE OR ALTER VIEW staging.displaced_units
AS
SELECT
    d.kept_load_id,
    CAST(NULLIF(TRIM(e.unit_id), '') AS varchar(128)) AS unit_id
FROM staging.duplicates AS d
INNER JOIN raw.events AS e
    ON e.load_id = d.load_id AND e.line_number = d.line_number
WHERE d.source = 'events' AND d.rule_name = 'older_version' AND d.kept_load_id <> d.load_id;
GO

-- expects: json-value-cast at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT JSON_VALUE(s.attributes, '$.a') AS attribute_value
FROM staging.stg_plays AS s;
GO

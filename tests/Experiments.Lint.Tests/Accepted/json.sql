-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT CAST(JSON_VALUE(s.attributes, '$.a') AS varchar(10)) AS attribute_value
FROM staging.stg_plays AS s;
GO

-- expects: json at 8:13
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, j.attribute_value
FROM staging.stg_plays AS s
CROSS APPLY OPENJSON(s.attributes) WITH (attribute_value varchar(10) '$.a') AS j;
GO

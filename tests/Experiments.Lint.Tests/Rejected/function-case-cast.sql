-- expects: function-case at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT cast(s.artist_name AS varchar(10)) AS artist_label
FROM staging.stg_plays AS s;
GO

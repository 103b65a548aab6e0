-- expects: varchar-length at 6:30
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT CAST(s.artist_name AS varchar) AS artist_label
FROM staging.stg_plays AS s;
GO

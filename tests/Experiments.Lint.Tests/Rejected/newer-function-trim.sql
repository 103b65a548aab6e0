-- expects: newer-function at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT LTRIM(s.artist_name, 'x') AS artist_label
FROM staging.stg_plays AS s;
GO

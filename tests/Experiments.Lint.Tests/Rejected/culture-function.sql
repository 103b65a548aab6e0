-- expects: culture-function at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT FORMAT(s.played_at, 'yyyy-MM') AS played_month
FROM staging.stg_plays AS s;
GO

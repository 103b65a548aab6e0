-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT CONVERT(varchar(7), s.played_at, 126) AS played_month
FROM staging.stg_plays AS s;
GO

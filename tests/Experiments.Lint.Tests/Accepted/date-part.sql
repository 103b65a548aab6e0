-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT DATEPART(hour, s.played_at) AS played_hour, d.weekday_number
FROM staging.stg_plays AS s
INNER JOIN marts.dim_date AS d
    ON d.calendar_date = CAST(s.played_at AS date);
GO

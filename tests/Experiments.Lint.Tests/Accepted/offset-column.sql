-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT CAST(SWITCHOFFSET(TRY_CAST(s.played_text AS datetimeoffset(6)), 0) AS datetime2(6)) AS played_at
FROM staging.stg_plays AS s;
GO

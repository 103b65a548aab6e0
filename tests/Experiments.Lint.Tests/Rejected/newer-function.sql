-- expects: newer-function at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT GREATEST(s.first_count, s.second_count) AS top_count
FROM staging.stg_plays AS s;
GO

-- expects: isnull at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT ISNULL(s.skip_count, 0) AS skip_count
FROM staging.stg_plays AS s;
GO

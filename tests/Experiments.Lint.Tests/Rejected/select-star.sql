-- expects: select-star at 7:5
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT
    s.*
FROM staging.stg_plays AS s;
GO

-- expects: top-order at 6:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT TOP (1)
    s.play_id
FROM staging.stg_plays AS s;
GO

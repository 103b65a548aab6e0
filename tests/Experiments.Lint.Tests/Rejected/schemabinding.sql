-- expects: schemabinding at 5:6
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
WITH SCHEMABINDING
AS
SELECT s.play_id FROM staging.stg_plays AS s;
GO

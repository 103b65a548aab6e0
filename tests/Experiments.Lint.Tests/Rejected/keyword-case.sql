-- expects: keyword-case at 7:1
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
from staging.stg_plays AS s;
GO

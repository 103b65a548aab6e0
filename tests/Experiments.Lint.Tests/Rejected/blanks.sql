-- expects: blanks at 8:23
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id
FROM staging.stg_plays AS s
WHERE s.skip_count = 0 
    AND s.play_count > 0;
GO

-- expects: alias-as at 5:18
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays AS
SELECT s.play_id play_number
FROM staging.stg_plays AS s;
GO

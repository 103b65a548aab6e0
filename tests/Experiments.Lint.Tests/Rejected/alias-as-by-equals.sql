-- expects: alias-as at 5:8
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays AS
SELECT play_number = s.play_id
FROM staging.stg_plays AS s;
GO

-- expects: window-order at 6:19
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, ROW_NUMBER() OVER (PARTITION BY s.user_id ORDER BY (SELECT NULL)) AS place
FROM staging.stg_plays AS s;
GO

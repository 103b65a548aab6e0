-- expects: text-comparison at 11:11
-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT p.play_id
    FROM marts.plays AS p
    WHERE CAST(p.played_at AS datetime2(6)) >= '2024-01-01'
);
GO

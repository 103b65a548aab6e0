-- expects: between-times at 11:11
-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT p.play_id
    FROM marts.plays AS p
    WHERE CAST(p.played_at AS datetime2(6)) BETWEEN p.start_at AND p.end_at
);
GO

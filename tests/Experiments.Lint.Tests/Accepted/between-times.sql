-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT p.play_id
    FROM marts.plays AS p
    WHERE @play_id BETWEEN p.first_id AND p.last_id AND p.played_at >= p.start_at AND p.played_at < p.end_at
);
GO

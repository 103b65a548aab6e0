-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT p.play_id
    FROM marts.plays AS p
    WHERE @play_id = 5 AND CAST(p.played_at AS datetime2(6)) >= CAST('2024-01-01' AS datetime2(6))
        AND CAST(p.mode_name AS varchar(16)) IN ('itt', 'exposed')
);
GO

-- as: database/marts/play.sql
/* One row a play. */
CREATE OR ALTER FUNCTION marts.play (@play_id bigint)
RETURNS TABLE
AS
RETURN
(
    SELECT
        CAST(@play_id AS float) / 60 AS play_share,
        @play_id / 1e6 AS play_millions,
        CAST(@play_id AS bigint) / 86400 AS whole_days
);
GO

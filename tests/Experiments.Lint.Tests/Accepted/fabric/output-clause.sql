-- as: database/marts/load_plays.sql
/* An OUTPUT parameter is no OUTPUT clause. */
CREATE OR ALTER PROCEDURE marts.load_plays
    @play_id bigint OUTPUT
AS
SELECT @play_id = MAX(p.play_id) FROM marts.plays AS p;
GO

-- expects: inline-function at 4:1
-- as: database/marts/play_minutes.sql
/* A play's minutes. */
CREATE OR ALTER FUNCTION marts.play_minutes (@seconds float)
RETURNS float
AS
BEGIN
    RETURN @seconds / 60e0;
END;
GO

-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
WITH days AS
(
    SELECT d.day_number FROM marts.days AS d
)
SELECT d.day_number FROM days AS d;
GO

-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
WITH days AS
(
    SELECT d.day_number FROM marts.days AS d
),
late AS
(
    SELECT d.day_number FROM days AS d WHERE d.day_number > 7
)
SELECT l.day_number FROM late AS l;
GO

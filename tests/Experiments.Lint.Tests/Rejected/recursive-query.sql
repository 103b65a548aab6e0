-- expects: recursive-query at 6:6
-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
WITH days AS
(
    SELECT 0 AS day_number
    UNION ALL
    SELECT d.day_number + 1 AS day_number FROM days AS d WHERE d.day_number < 30
)
SELECT d.day_number FROM days AS d;
GO

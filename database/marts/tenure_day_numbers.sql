/* One row a day of tenure that is followed: 0, the 24 hours from the anchor, to 89. */
CREATE OR ALTER VIEW marts.tenure_day_numbers
AS
SELECT a.digit + 10 * b.digit AS tenure_day
FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (digit)
CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8)) AS b (digit);
GO

/*
One row a first day and number of days since, in the window that ends before @end_date: of the users whose first event
of the window was on that day, how many were back so many days later. Day 0 is the first day itself.
*/
CREATE OR ALTER FUNCTION marts.podcast_retention (@end_date date)
RETURNS TABLE
AS
RETURN
(
    SELECT
        b.first_date,
        b.day_number,
        b.user_count,
        n.first_user_count,
        CAST(b.user_count AS float) / NULLIF(CAST(n.first_user_count AS float), 0) AS retention_rate
    FROM
    (
        SELECT
            d.first_date,
            DATEDIFF(day, d.first_date, d.event_date) AS day_number,
            COUNT_BIG(*) AS user_count
        FROM
        (
            SELECT
                w.user_id,
                w.event_date,
                MIN(w.event_date) OVER (PARTITION BY w.user_id) AS first_date
            FROM marts.podcast_window(@end_date) AS w
            GROUP BY w.user_id, w.event_date
        ) AS d
        GROUP BY d.first_date, DATEDIFF(day, d.first_date, d.event_date)
    ) AS b
    INNER JOIN
    (
        SELECT
            f.first_date,
            COUNT_BIG(*) AS first_user_count
        FROM
        (
            SELECT
                w.user_id,
                MIN(w.event_date) AS first_date
            FROM marts.podcast_window(@end_date) AS w
            GROUP BY w.user_id
        ) AS f
        GROUP BY f.first_date
    ) AS n
        ON n.first_date = b.first_date
);
GO

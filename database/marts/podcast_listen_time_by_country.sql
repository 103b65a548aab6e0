/*
One row a country in the window that ends before @end_date, as it was at the time of the event: listeners, and the time
that they listened. A user listened to an episode for the sum of the durations of its events, or where they have none,
up to the last position.
*/
CREATE OR ALTER FUNCTION marts.podcast_listen_time_by_country (@end_date date)
RETURNS TABLE
AS
RETURN
(
    SELECT
        u.country,
        COUNT_BIG(*) AS listener_count,
        SUM(u.listen_seconds) / 60 AS listen_minutes,
        SUM(u.listen_seconds) / 60 / NULLIF(CAST(COUNT_BIG(*) AS float), 0) AS mean_listen_minutes
    FROM
    (
        SELECT
            e.country,
            e.user_id,
            SUM(e.listen_seconds) AS listen_seconds
        FROM
        (
            SELECT
                COALESCE(d.country, 'unknown') AS country,
                w.user_id,
                w.episode_id,
                COALESCE(SUM(w.duration_seconds), MAX(w.position_seconds), 0) AS listen_seconds
            FROM marts.podcast_window(@end_date) AS w
            LEFT JOIN marts.dim_users AS d
                ON d.user_id = w.user_id AND d.version_number = w.user_version_number
            WHERE w.event_type NOT IN ('seek', 'download', 'share')
            GROUP BY COALESCE(d.country, 'unknown'), w.user_id, w.episode_id
        ) AS e
        GROUP BY e.country, e.user_id
    ) AS u
    GROUP BY u.country
);
GO

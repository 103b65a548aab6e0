/*
One row an episode listened to in the window that ends before @end_date: its listeners (users who played, resumed or
completed it), how many of them completed it, and its place by either; ties have the same place.
*/
CREATE OR ALTER FUNCTION marts.podcast_top_episodes (@end_date date)
RETURNS TABLE
AS
RETURN
(
    SELECT
        c.episode_id,
        d.podcast_id,
        d.title,
        c.listener_count,
        c.completion_count,
        c.completion_rate,
        RANK() OVER (ORDER BY c.completion_rate DESC) AS completion_place,
        RANK() OVER (ORDER BY c.listener_count DESC) AS listener_place
    FROM
    (
        SELECT
            l.episode_id,
            COUNT_BIG(*) AS listener_count,
            SUM(l.has_completed) AS completion_count,
            CAST(SUM(l.has_completed) AS float) / NULLIF(CAST(COUNT_BIG(*) AS float), 0) AS completion_rate
        FROM
        (
            SELECT
                w.episode_id,
                w.user_id,
                MAX(CAST(CASE WHEN w.event_type = 'complete' THEN 1 ELSE 0 END AS bigint)) AS has_completed
            FROM marts.podcast_window(@end_date) AS w
            WHERE w.event_type IN ('play', 'resume', 'complete')
            GROUP BY w.episode_id, w.user_id
        ) AS l
        GROUP BY l.episode_id
    ) AS c
    LEFT JOIN marts.dim_episodes AS d
        ON d.episode_id = c.episode_id AND d.is_current = 1
);
GO

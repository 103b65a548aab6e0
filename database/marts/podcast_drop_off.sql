/*
One row an episode of known length and tenth of it, in the window that ends before @end_date: how many of its listeners
came at least to the beginning of that tenth (by their latest position, the end where they completed it).
*/
CREATE OR ALTER FUNCTION marts.podcast_drop_off (@end_date date)
RETURNS TABLE
AS
RETURN
(
    SELECT
        r.episode_id,
        t.tenth,
        SUM(CAST(CASE WHEN r.share_heard >= CAST(t.tenth AS float) / 10 THEN 1 ELSE 0 END AS bigint)) AS listener_count,
        SUM(CASE WHEN r.share_heard >= CAST(t.tenth AS float) / 10 THEN CAST(1 AS float) ELSE CAST(0 AS float) END)
            / NULLIF(CAST(COUNT_BIG(*) AS float), 0) AS listener_share
    FROM
    (
        SELECT
            w.episode_id,
            w.user_id,
            MAX
            (
                CASE
                    WHEN w.event_type = 'complete' THEN CAST(1 AS float)
                    ELSE COALESCE(w.position_seconds, 0) / NULLIF(d.duration_seconds, 0)
                END
            ) AS share_heard
        FROM marts.podcast_window(@end_date) AS w
        INNER JOIN marts.dim_episodes AS d
            ON d.episode_id = w.episode_id AND d.version_number = w.episode_version_number
        WHERE d.duration_seconds > 0
        GROUP BY w.episode_id, w.user_id
    ) AS r
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS t (tenth)
    GROUP BY r.episode_id, t.tenth
);
GO

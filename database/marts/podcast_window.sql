/*
The events of marts.fct_user_interactions in the window that ends before @end_date and begins analysis_days
(catalog.source_settings) earlier: [@end_date - days, @end_date). One row an event.
*/
CREATE OR ALTER FUNCTION marts.podcast_window (@end_date date)
RETURNS TABLE
AS
RETURN
(
    SELECT
        f.user_id,
        f.user_version_number,
        f.episode_id,
        f.episode_version_number,
        f.event_type,
        f.duration_seconds,
        f.position_seconds,
        f.event_date,
        f.event_at
    FROM marts.fct_user_interactions AS f
    CROSS JOIN
    (
        SELECT CAST(MAX(s.setting_value) AS int) AS day_count
        FROM catalog.source_settings AS s
        WHERE s.source = 'podcast_events' AND s.setting_name = 'analysis_days'
    ) AS w
    WHERE f.event_at >= CAST(DATEADD(day, -w.day_count, @end_date) AS datetime2(6))
        AND f.event_at < CAST(@end_date AS datetime2(6))
);
GO

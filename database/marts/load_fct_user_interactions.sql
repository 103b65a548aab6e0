/*
Brings marts.fct_user_interactions up to date with staging.cleansed_podcast_events: takes away what is no longer there,
adds what is new, with the versions of user and episode that hold at the event's time. Events whose user or episode came
later, or has another version for their time now, are looked up again.
*/
CREATE OR ALTER PROCEDURE marts.load_fct_user_interactions
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE f
    FROM marts.fct_user_interactions AS f
    WHERE NOT EXISTS
    (
        SELECT 1
        FROM staging.cleansed_podcast_events AS s
        WHERE s.load_id = f.load_id AND s.line_number = f.line_number
    );
    DELETE f
    FROM marts.fct_user_interactions AS f
    LEFT JOIN marts.dim_users AS u
        ON u.user_id = f.user_id
            AND f.event_at >= u.valid_from
            AND f.event_at < COALESCE(u.valid_to, CAST('9999-12-31' AS datetime2(6)))
    LEFT JOIN marts.dim_episodes AS e
        ON e.episode_id = f.episode_id
            AND f.event_at >= e.valid_from
            AND f.event_at < COALESCE(e.valid_to, CAST('9999-12-31' AS datetime2(6)))
    WHERE COALESCE(f.user_version_number, 0) <> COALESCE(u.version_number, 0)
        OR COALESCE(f.episode_version_number, 0) <> COALESCE(e.version_number, 0);

    INSERT INTO marts.fct_user_interactions
    (
        load_id, line_number, user_id, user_version_number, episode_id, episode_version_number, event_type,
        duration_seconds, position_seconds, event_date, event_at
    )
    SELECT
        s.load_id,
        s.line_number,
        s.user_id,
        u.version_number AS user_version_number,
        s.episode_id,
        e.version_number AS episode_version_number,
        s.event_type,
        s.duration_seconds,
        s.position_seconds,
        CAST(s.event_at AS date) AS event_date,
        s.event_at
    FROM staging.cleansed_podcast_events AS s
    LEFT JOIN marts.dim_users AS u
        ON u.user_id = s.user_id
            AND s.event_at >= u.valid_from
            AND s.event_at < COALESCE(u.valid_to, CAST('9999-12-31' AS datetime2(6)))
    LEFT JOIN marts.dim_episodes AS e
        ON e.episode_id = s.episode_id
            AND s.event_at >= e.valid_from
            AND s.event_at < COALESCE(e.valid_to, CAST('9999-12-31' AS datetime2(6)))
    WHERE NOT EXISTS
    (
        SELECT 1
        FROM marts.fct_user_interactions AS f
        WHERE f.load_id = s.load_id AND f.line_number = s.line_number
    );
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Opens loads of podcast events again that were judged by other users and episodes than there are now: those with events
in quarantine as of an unknown user or episode who is known now, and those with staged events whose user or episode is
still unknown now that any are loaded. Their lines that are not staged are judged by the next staging, which
staging.load_all does. Nothing is looked at where no user or episode came since the last time.
*/
CREATE OR ALTER PROCEDURE staging.rejudge_podcast_events
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @references varchar(4000);
DECLARE @user_count bigint;
DECLARE @episode_count bigint;
DECLARE @last_load_id bigint;
SELECT @user_count = COUNT_BIG(*), @last_load_id = COALESCE(MAX(u.load_id), 0) FROM staging.stg_podcast_users AS u;
SET @references = CONCAT(@user_count, ' users of load ', @last_load_id);
SELECT
    @episode_count = COUNT_BIG(*),
    @last_load_id = COALESCE(MAX(e.load_id), 0)
FROM staging.stg_podcast_episodes AS e;
SET @references = CONCAT(@references, ', ', @episode_count, ' episodes of load ', @last_load_id);
IF @user_count + @episode_count = 0
    OR EXISTS
    (
        SELECT 1 FROM ops.mart_builds AS b WHERE b.mart_name = 'podcast_references' AND b.settings = @references
    )
    RETURN;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    WITH known_users AS
    (
        SELECT DISTINCT u.user_id FROM staging.stg_podcast_users AS u
    ),
    known_episodes AS
    (
        SELECT DISTINCT e.episode_id FROM staging.stg_podcast_episodes AS e
    )
    SELECT
        s.load_id,
        s.line_number
    INTO #unknown
    FROM staging.cleansed_podcast_events AS s
    LEFT JOIN known_users AS u
        ON u.user_id = s.user_id
    LEFT JOIN known_episodes AS e
        ON e.episode_id = s.episode_id
    WHERE (@user_count > 0 AND u.user_id IS NULL) OR (@episode_count > 0 AND e.episode_id IS NULL);

    WITH known AS
    (
        SELECT
            q.load_id
        FROM staging.quarantine AS q
        INNER JOIN staging.stg_podcast_users AS u
            ON u.user_id = q.raw_value
        WHERE q.source = 'podcast_events' AND q.rule_name = 'unknown_user'
        UNION
        SELECT
            q.load_id
        FROM staging.quarantine AS q
        INNER JOIN staging.stg_podcast_episodes AS e
            ON e.episode_id = q.raw_value
        WHERE q.source = 'podcast_events' AND q.rule_name = 'unknown_episode'
        UNION
        SELECT
            n.load_id
        FROM #unknown AS n
    )
    SELECT
        k.load_id
    INTO #loads
    FROM known AS k;

    DELETE s
    FROM staging.cleansed_podcast_events AS s
    INNER JOIN #unknown AS n
        ON n.load_id = s.load_id AND n.line_number = s.line_number;

    /* All lines of such a load: staging judges whatever is neither staged nor a duplicate. */
    DELETE q
    FROM staging.quarantine AS q
    INNER JOIN #loads AS l
        ON l.load_id = q.load_id
    WHERE q.source = 'podcast_events';

    UPDATE g
    SET staged_at = NULL
    FROM ops.load_log AS g
    INNER JOIN #loads AS l
        ON l.load_id = g.load_id;

    DELETE FROM ops.mart_builds WHERE mart_name = 'podcast_references';
    INSERT INTO ops.mart_builds (mart_name, last_load_id, settings, built_at)
    VALUES ('podcast_references', 0, @references, @now);
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Rebuilds marts.dim_episodes from staging.stg_podcast_episodes: a version begins where a value is another than in the one
before (by the time of the change, then load), and holds until the next one begins. Of two changes at one time the
later load's stays. Nothing is done where no load is new.
*/
CREATE OR ALTER PROCEDURE marts.load_dim_episodes
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @newest_load_id bigint;
SELECT @newest_load_id = MAX(s.load_id) FROM staging.stg_podcast_episodes AS s;
IF @newest_load_id IS NULL
    OR EXISTS
    (
        SELECT 1 FROM ops.mart_builds AS b WHERE b.mart_name = 'dim_episodes' AND b.last_load_id = @newest_load_id
    )
    RETURN;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.dim_episodes;
    WITH last_of_time AS
    (
        SELECT
            s.episode_id,
            s.load_id,
            s.podcast_id,
            s.title,
            s.duration_seconds,
            s.changed_at,
            ROW_NUMBER() OVER (PARTITION BY s.episode_id, s.changed_at ORDER BY s.load_id DESC) AS place
        FROM staging.stg_podcast_episodes AS s
    ),
    compared AS
    (
        SELECT
            s.episode_id,
            s.podcast_id,
            s.title,
            s.duration_seconds,
            LAG(s.podcast_id) OVER (PARTITION BY s.episode_id ORDER BY s.changed_at, s.load_id)
                AS earlier_podcast_id,
            LAG(s.title) OVER (PARTITION BY s.episode_id ORDER BY s.changed_at, s.load_id)
                AS earlier_title,
            LAG(s.duration_seconds) OVER (PARTITION BY s.episode_id ORDER BY s.changed_at, s.load_id)
                AS earlier_duration_seconds,
            s.changed_at,
            ROW_NUMBER() OVER (PARTITION BY s.episode_id ORDER BY s.changed_at, s.load_id) AS place
        FROM last_of_time AS s
        WHERE s.place = 1
    ),
    changed AS
    (
        SELECT
            s.episode_id,
            s.podcast_id,
            s.title,
            s.duration_seconds,
            CASE WHEN s.place = 1 THEN CAST('1900-01-01' AS datetime2(6)) ELSE s.changed_at END AS valid_from
        FROM compared AS s
        WHERE s.place = 1
            OR COALESCE(s.podcast_id, '') <> COALESCE(s.earlier_podcast_id, '')
            OR COALESCE(s.title, '') <> COALESCE(s.earlier_title, '')
            OR COALESCE(s.duration_seconds, -1) <> COALESCE(s.earlier_duration_seconds, -1)
    )
    INSERT INTO marts.dim_episodes
    (
        episode_id, version_number, podcast_id, title, duration_seconds, is_current, valid_from, valid_to
    )
    SELECT
        c.episode_id,
        ROW_NUMBER() OVER (PARTITION BY c.episode_id ORDER BY c.valid_from) AS version_number,
        c.podcast_id,
        c.title,
        c.duration_seconds,
        CAST
        (
            CASE
                WHEN LEAD(c.valid_from) OVER (PARTITION BY c.episode_id ORDER BY c.valid_from) IS NULL THEN 1
                ELSE 0
            END AS bit
        ) AS is_current,
        c.valid_from,
        LEAD(c.valid_from) OVER (PARTITION BY c.episode_id ORDER BY c.valid_from) AS valid_to
    FROM changed AS c;

    /* The versions of the facts are looked up anew. */
    DELETE FROM marts.fct_user_interactions;
    DELETE FROM ops.mart_builds WHERE mart_name = 'dim_episodes';
    INSERT INTO ops.mart_builds (mart_name, last_load_id, settings, built_at)
    VALUES ('dim_episodes', @newest_load_id, '', @now);
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

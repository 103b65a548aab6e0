/*
Stages one finished load of podcast_episodes in staging.stg_podcast_episodes: one row an episode, load and time of
change, the last such line. The time is updated_at, else that of the load, so that a file may give several versions.
Lines that fail go to staging.quarantine, earlier lines of the same version to staging.duplicates. Running it again for
a staged load does nothing; once staging.reprocess has opened the load again, it takes the lines that are neither staged
nor duplicates.
*/
CREATE OR ALTER PROCEDURE staging.load_podcast_episodes
    @load_id bigint
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @message varchar(400);
DECLARE @done_count bigint;
DECLARE @loaded_at datetime2(6);
SELECT @loaded_at = l.started_at
FROM ops.load_log AS l
WHERE l.load_id = @load_id AND l.source = 'podcast_episodes' AND l.status = 'finished';
IF @loaded_at IS NULL
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of podcast_episodes.');
    THROW 50012, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        SELECT
            s.line_number
        INTO #done
        FROM staging.stg_podcast_episodes AS s
        WHERE s.load_id = @load_id
        UNION ALL
        SELECT
            d.line_number
        FROM staging.duplicates AS d
        WHERE d.load_id = @load_id;
        SELECT @done_count = COUNT_BIG(*) FROM #done AS d;

        WITH parsed AS
        (
            SELECT
                r.load_id,
                r.line_number,
                r.reject_rule,
                r.updated_at AS raw_updated_at,
                t.duration_seconds AS duration_text,
                t.time_text,
                t.episode_id AS episode_id,
                t.podcast_id AS podcast_id,
                t.title AS title,
                n.parsed_value AS duration_seconds,
                p.parsed_at AS updated_at
            FROM raw.podcast_episodes AS r
            CROSS APPLY
            (
                SELECT
                    NULLIF(TRIM(r.episode_id), '') AS episode_id,
                    NULLIF(TRIM(r.podcast_id), '') AS podcast_id,
                    NULLIF(TRIM(r.title), '') AS title,
                    NULLIF(TRIM(r.duration_seconds), '') AS duration_seconds,
                    NULLIF(TRIM(r.updated_at), '') AS time_text
            ) AS t
            CROSS APPLY (SELECT TRANSLATE(t.time_text, '123456789', '000000000') AS time_shape) AS f
            CROSS APPLY staging.parse_timestamp(t.time_text, f.time_shape) AS p
            CROSS APPLY staging.parse_number(t.duration_seconds) AS n
            WHERE r.load_id = @load_id
                AND (@done_count = 0 OR r.line_number NOT IN (SELECT d.line_number FROM #done AS d))
        )
        SELECT
            p.load_id,
            p.line_number,
            p.episode_id,
            p.podcast_id,
            p.title,
            p.duration_seconds,
            COALESCE(p.updated_at, @loaded_at) AS changed_at,
            CASE
                WHEN p.reject_rule IS NOT NULL THEN 'rejected_by_rule'
                WHEN p.episode_id IS NULL THEN 'missing_episode_id'
                WHEN p.duration_text IS NOT NULL AND (p.duration_seconds IS NULL OR p.duration_seconds < 0)
                    THEN 'bad_duration'
                WHEN p.time_text IS NOT NULL AND p.updated_at IS NULL THEN 'bad_timestamp'
                WHEN DATALENGTH(p.episode_id) > 128 OR DATALENGTH(p.podcast_id) > 128
                    OR DATALENGTH(p.title) > 1000 THEN 'too_long'
            END AS rule_name,
            CASE
                WHEN p.reject_rule IS NOT NULL THEN p.reject_rule
                WHEN p.duration_text IS NOT NULL AND (p.duration_seconds IS NULL OR p.duration_seconds < 0)
                    THEN p.duration_text
                WHEN p.time_text IS NOT NULL AND p.updated_at IS NULL THEN p.raw_updated_at
            END AS raw_value
        INTO #judged
        FROM parsed AS p;

        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'podcast_episodes' AS source,
            j.load_id,
            j.line_number,
            j.rule_name,
            CASE j.rule_name
                WHEN 'missing_episode_id' THEN 'episode_id'
                WHEN 'bad_duration' THEN 'duration_seconds'
                WHEN 'bad_timestamp' THEN 'updated_at'
            END AS column_name,
            CASE WHEN j.rule_name IN ('rejected_by_rule', 'bad_timestamp', 'bad_duration') THEN j.raw_value END
                AS raw_value,
            @now AS quarantined_at
        FROM #judged AS j
        WHERE j.rule_name IS NOT NULL;

        /* The versions that this load gives, and those it gave before its quarantined lines were tried again. */
        SELECT
            v.load_id,
            v.line_number,
            v.episode_id,
            v.podcast_id,
            v.title,
            v.duration_seconds,
            v.changed_at,
            ROW_NUMBER() OVER (PARTITION BY v.episode_id, v.changed_at ORDER BY v.line_number DESC) AS place
        INTO #versions
        FROM
        (
            SELECT
                j.load_id,
                j.line_number,
                j.episode_id,
                j.podcast_id,
                j.title,
                j.duration_seconds,
                j.changed_at
            FROM #judged AS j
            WHERE j.rule_name IS NULL
            UNION ALL
            SELECT
                s.load_id,
                s.line_number,
                s.episode_id,
                s.podcast_id,
                s.title,
                s.duration_seconds,
                s.changed_at
            FROM staging.stg_podcast_episodes AS s
            WHERE s.load_id = @load_id
        ) AS v;

        INSERT INTO staging.duplicates
        (
            source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
            recorded_at
        )
        SELECT
            'podcast_episodes' AS source,
            l.load_id,
            l.line_number,
            'older_version' AS rule_name,
            l.episode_id AS key_value,
            NULL AS variation_id,
            k.load_id AS kept_load_id,
            k.line_number AS kept_line_number,
            @now AS recorded_at
        FROM #versions AS l
        INNER JOIN #versions AS k
            ON k.episode_id = l.episode_id AND k.changed_at = l.changed_at
        WHERE l.place > 1 AND k.place = 1;

        DELETE FROM staging.stg_podcast_episodes WHERE load_id = @load_id;
        INSERT INTO staging.stg_podcast_episodes
        (
            episode_id, load_id, line_number, podcast_id, title, duration_seconds, changed_at
        )
        SELECT
            v.episode_id,
            v.load_id,
            v.line_number,
            v.podcast_id,
            v.title,
            v.duration_seconds,
            v.changed_at
        FROM #versions AS v
        WHERE v.place = 1;

        UPDATE ops.load_log
        SET staged_at = @now
        WHERE load_id = @load_id;
    END;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

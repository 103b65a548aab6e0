/*
Stages one finished load of podcast events: every event with the rules it breaks in staging.validated_podcast_events,
the valid ones in staging.cleansed_podcast_events. Of events with the same user, episode, type and time the one of the
latest load and line counts, the others go to staging.duplicates; one that breaks a rule goes to staging.quarantine with
the first. Users and episodes are looked up where any are loaded. Running it again for a staged load does nothing.
*/
CREATE OR ALTER PROCEDURE staging.load_podcast_events
    @load_id bigint
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @message varchar(400);
DECLARE @done_count bigint;
DECLARE @max_seconds float;
DECLARE @has_users int = 0;
DECLARE @has_episodes int = 0;
IF NOT EXISTS
(
    SELECT 1
    FROM ops.load_log AS l
    WHERE l.load_id = @load_id AND l.source = 'podcast_events' AND l.status = 'finished'
)
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of podcast_events.');
    THROW 50012, @message, 1;
END;
SELECT @max_seconds = s.setting_value
FROM catalog.source_settings AS s
WHERE s.source = 'podcast_events' AND s.setting_name = 'max_seconds';
IF EXISTS (SELECT 1 FROM staging.stg_podcast_users AS u)
    SET @has_users = 1;
IF EXISTS (SELECT 1 FROM staging.stg_podcast_episodes AS e)
    SET @has_episodes = 1;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        SELECT
            s.line_number
        INTO #done
        FROM staging.cleansed_podcast_events AS s
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
                r.event_at AS raw_event_at,
                t.user_id,
                t.episode_id,
                t.event_type,
                t.time_text,
                t.duration_text,
                t.position_text,
                p.parsed_at AS event_at,
                n.parsed_value AS duration_seconds,
                o.parsed_value AS position_seconds
            FROM raw.podcast_events AS r
            CROSS APPLY
            (
                SELECT
                    NULLIF(TRIM(r.user_id), '') AS user_id,
                    NULLIF(TRIM(r.episode_id), '') AS episode_id,
                    LOWER(NULLIF(TRIM(r.event_type), '')) AS event_type,
                    NULLIF(TRIM(r.event_at), '') AS time_text,
                    NULLIF(TRIM(r.duration_seconds), '') AS duration_text,
                    NULLIF(TRIM(r.position_seconds), '') AS position_text
            ) AS t
            CROSS APPLY (SELECT TRANSLATE(t.time_text, '123456789', '000000000') AS time_shape) AS f
            CROSS APPLY staging.parse_timestamp(t.time_text, f.time_shape) AS p
            CROSS APPLY staging.parse_number(t.duration_text) AS n
            CROSS APPLY staging.parse_number(t.position_text) AS o
            WHERE r.load_id = @load_id
                AND (@done_count = 0 OR r.line_number NOT IN (SELECT d.line_number FROM #done AS d))
        ),
        known_users AS
        (
            SELECT DISTINCT u.user_id FROM staging.stg_podcast_users AS u
        ),
        known_episodes AS
        (
            SELECT DISTINCT e.episode_id FROM staging.stg_podcast_episodes AS e
        )
        SELECT
            p.load_id,
            p.line_number,
            p.user_id,
            p.episode_id,
            p.event_type,
            p.duration_seconds,
            p.position_seconds,
            p.event_at,
            p.reject_rule,
            p.raw_event_at,
            p.duration_text,
            p.position_text,
            CONCAT
            (
                CASE WHEN p.reject_rule IS NOT NULL THEN ',rejected_by_rule' END,
                CASE WHEN p.user_id IS NULL THEN ',missing_user_id' END,
                CASE WHEN p.episode_id IS NULL THEN ',missing_episode_id' END,
                CASE WHEN p.event_type IS NULL THEN ',missing_event_type' END,
                CASE WHEN p.time_text IS NULL THEN ',missing_timestamp' END,
                CASE WHEN p.time_text IS NOT NULL AND p.event_at IS NULL THEN ',bad_timestamp' END,
                CASE WHEN p.duration_text IS NOT NULL AND p.duration_seconds IS NULL THEN ',bad_duration' END,
                CASE WHEN p.position_text IS NOT NULL AND p.position_seconds IS NULL THEN ',bad_position' END,
                CASE
                    WHEN p.duration_seconds < 0 OR p.duration_seconds > @max_seconds THEN ',duration_out_of_range'
                END,
                CASE
                    WHEN p.position_seconds < 0 OR p.position_seconds > @max_seconds THEN ',position_out_of_range'
                END,
                CASE WHEN p.event_type IS NOT NULL AND t.event_type IS NULL THEN ',unknown_event_type' END,
                CASE
                    WHEN @has_users = 1 AND p.user_id IS NOT NULL AND u.user_id IS NULL THEN ',unknown_user'
                END,
                CASE
                    WHEN @has_episodes = 1 AND p.episode_id IS NOT NULL AND e.episode_id IS NULL
                        THEN ',unknown_episode'
                END,
                CASE WHEN DATALENGTH(p.user_id) > 128 OR DATALENGTH(p.episode_id) > 128 THEN ',too_long' END
            ) AS violation_list
        INTO #typed
        FROM parsed AS p
        LEFT JOIN catalog.podcast_event_types AS t
            ON t.event_type = p.event_type
        LEFT JOIN known_users AS u
            ON u.user_id = p.user_id
        LEFT JOIN known_episodes AS e
            ON e.episode_id = p.episode_id;

        DELETE v
        FROM staging.validated_podcast_events AS v
        INNER JOIN #typed AS t
            ON t.load_id = v.load_id AND t.line_number = v.line_number;
        INSERT INTO staging.validated_podcast_events
        (
            load_id, line_number, user_id, episode_id, event_type, violations, duration_seconds, position_seconds,
            event_at
        )
        SELECT
            t.load_id,
            t.line_number,
            t.user_id,
            t.episode_id,
            t.event_type,
            CAST(NULLIF(SUBSTRING(t.violation_list, 2, 400), '') AS varchar(400)) AS violations,
            t.duration_seconds,
            t.position_seconds,
            t.event_at
        FROM #typed AS t;

        WITH failed AS
        (
            SELECT
                t.load_id,
                t.line_number,
                t.reject_rule,
                t.raw_event_at,
                t.duration_text,
                t.position_text,
                t.user_id,
                t.episode_id,
                t.event_type,
                /* The first of the list: what stands before the second comma. */
                CAST
                (
                    SUBSTRING
                    (
                        t.violation_list, 2, CHARINDEX(',', CONCAT(t.violation_list, ','), 2) - 2
                    ) AS varchar(64)
                ) AS rule_name
            FROM #typed AS t
            WHERE t.violation_list <> ''
        )
        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'podcast_events' AS source,
            f.load_id,
            f.line_number,
            f.rule_name,
            r.column_name,
            CASE f.rule_name
                WHEN 'rejected_by_rule' THEN f.reject_rule
                WHEN 'bad_timestamp' THEN f.raw_event_at
                WHEN 'bad_duration' THEN f.duration_text
                WHEN 'duration_out_of_range' THEN f.duration_text
                WHEN 'bad_position' THEN f.position_text
                WHEN 'position_out_of_range' THEN f.position_text
                WHEN 'unknown_event_type' THEN f.event_type
                WHEN 'unknown_user' THEN f.user_id
                WHEN 'unknown_episode' THEN f.episode_id
            END AS raw_value,
            @now AS quarantined_at
        FROM failed AS f
        LEFT JOIN catalog.source_rules AS r
            ON r.source = 'podcast_events' AND r.rule_name = f.rule_name;

        /* The new events and those staged before with the same user and time: the latest load and line first. */
        SELECT
            c.user_id,
            c.episode_id,
            c.load_id,
            c.line_number,
            c.event_type,
            c.duration_seconds,
            c.position_seconds,
            c.event_at,
            ROW_NUMBER() OVER
            (
                PARTITION BY c.user_id, c.episode_id, c.event_type, c.event_at
                ORDER BY c.load_id DESC, c.line_number DESC
            ) AS place
        INTO #ranked
        FROM
        (
            SELECT
                t.user_id,
                t.episode_id,
                t.load_id,
                t.line_number,
                t.event_type,
                t.duration_seconds,
                t.position_seconds,
                t.event_at
            FROM #typed AS t
            WHERE t.violation_list = ''
            UNION ALL
            SELECT
                s.user_id,
                s.episode_id,
                s.load_id,
                s.line_number,
                s.event_type,
                s.duration_seconds,
                s.position_seconds,
                s.event_at
            FROM staging.cleansed_podcast_events AS s
            WHERE EXISTS
            (
                SELECT 1
                FROM #typed AS t
                WHERE t.user_id = s.user_id AND t.event_at = s.event_at AND t.episode_id = s.episode_id
                    AND t.violation_list = ''
            )
        ) AS c;

        INSERT INTO staging.duplicates
        (
            source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
            recorded_at
        )
        SELECT
            'podcast_events' AS source,
            l.load_id,
            l.line_number,
            'older_version' AS rule_name,
            CAST(CONCAT(l.user_id, ' ', l.episode_id, ' ', l.event_type) AS varchar(300)) AS key_value,
            NULL AS variation_id,
            k.load_id AS kept_load_id,
            k.line_number AS kept_line_number,
            @now AS recorded_at
        FROM #ranked AS l
        INNER JOIN #ranked AS k
            ON k.user_id = l.user_id AND k.episode_id = l.episode_id AND k.event_type = l.event_type
                AND k.event_at = l.event_at
        WHERE l.place > 1 AND k.place = 1;

        DELETE s
        FROM staging.cleansed_podcast_events AS s
        INNER JOIN #ranked AS l
            ON l.load_id = s.load_id AND l.line_number = s.line_number
        WHERE l.place > 1;

        INSERT INTO staging.cleansed_podcast_events
        (
            user_id, episode_id, load_id, line_number, event_type, duration_seconds, position_seconds, event_at
        )
        SELECT
            l.user_id,
            l.episode_id,
            l.load_id,
            l.line_number,
            l.event_type,
            l.duration_seconds,
            l.position_seconds,
            l.event_at
        FROM #ranked AS l
        WHERE l.place = 1
            AND l.load_id = @load_id
            AND NOT EXISTS (SELECT 1 FROM #done AS d WHERE d.line_number = l.line_number);

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

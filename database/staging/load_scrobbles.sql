/*
Stages one finished load of plays in staging.scrobble_plays. A line is valid with a user, an artist, a track and a time;
else it goes to staging.quarantine with the first rule it breaks. Of lines with the same user, time, artist and track
the first counts, the others go to staging.duplicates. Of plays of a user at one time the last line comes first, as
histories are written newest first: all but the first line last 0 seconds. The plays of the load's users are put in
order anew, since a play lasts until the next one, whatever load that came with. Running it again for a staged load does
nothing; once staging.reprocess has opened the load again, it takes the lines that are neither staged nor duplicates.
*/
CREATE OR ALTER PROCEDURE staging.load_scrobbles
    @load_id bigint
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @message varchar(400);
DECLARE @done_count bigint;
DECLARE @landed_count bigint;
DECLARE @earlier_count bigint = 0;
DECLARE @valid_count bigint;
IF NOT EXISTS
(
    SELECT 1
    FROM ops.load_log AS l
    WHERE l.load_id = @load_id AND l.source = 'scrobbles' AND l.status = 'finished'
)
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of scrobbles.');
    THROW 50012, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        SELECT DISTINCT
            CAST(TRIM(r.user_id) AS varchar(128)) AS user_id
        INTO #users
        FROM raw.scrobbles AS r
        WHERE r.load_id = @load_id;

        SELECT
            p.line_number
        INTO #done
        FROM staging.scrobble_plays AS p
        WHERE p.load_id = @load_id
        UNION ALL
        SELECT
            d.line_number
        FROM staging.duplicates AS d
        WHERE d.load_id = @load_id;
        /* Looked up only where there is something: an empty anti-join may still cost a copy of the load in memory. */
        SELECT @done_count = COUNT_BIG(*) FROM #done AS d;

        SELECT
            p.user_id,
            p.load_id,
            p.line_number,
            p.artist_id,
            p.track_id,
            p.artist_name,
            p.track_name,
            p.album_name,
            p.played_at
        INTO #earlier
        FROM staging.scrobble_plays AS p
        INNER JOIN #users AS u
            ON u.user_id = p.user_id;
        SELECT @earlier_count = COUNT_BIG(*) FROM #earlier AS e;
        IF @earlier_count > 0
            DELETE p
            FROM staging.scrobble_plays AS p
            INNER JOIN #users AS u
                ON u.user_id = p.user_id;

        /*
        Times as Last.fm writes them are read the short way; the function reads all others. Of plays of one user and one
        time the first line is the last play, as histories are written, newest first; it is inserted here, with the time
        to the next one, and the others are judged below. So nothing inserted here is changed again: DuckDB writes the
        rows of a transaction twice where it does.
        */
        WITH timed AS
        (
            SELECT
                r.user_id,
                r.load_id,
                r.line_number,
                r.artist_id,
                r.track_id,
                r.artist_name,
                r.track_name,
                r.album_name,
                TRY_CAST(LEFT(r.played_at, 19) AS datetime2(6)) AS played_at
            FROM raw.scrobbles AS r
            WHERE r.load_id = @load_id
                AND r.reject_rule IS NULL
                AND r.played_at LIKE '____-__-__T__:__:__Z'
                AND (@done_count = 0 OR r.line_number NOT IN (SELECT d.line_number FROM #done AS d))
            UNION ALL
            SELECT
                r.user_id,
                r.load_id,
                r.line_number,
                r.artist_id,
                r.track_id,
                r.artist_name,
                r.track_name,
                r.album_name,
                p.parsed_at AS played_at
            FROM raw.scrobbles AS r
            CROSS APPLY (SELECT NULLIF(TRIM(r.played_at), '') AS time_text) AS t
            CROSS APPLY (SELECT TRANSLATE(t.time_text, '123456789', '000000000') AS time_shape) AS f
            CROSS APPLY staging.parse_timestamp(t.time_text, f.time_shape) AS p
            WHERE r.load_id = @load_id
                AND r.reject_rule IS NULL
                AND r.played_at NOT LIKE '____-__-__T__:__:__Z'
                AND (@done_count = 0 OR r.line_number NOT IN (SELECT d.line_number FROM #done AS d))
        ),
        trimmed AS
        (
            SELECT
                TRIM(t.user_id) AS user_id,
                t.load_id,
                t.line_number,
                NULLIF(TRIM(t.artist_id), '') AS artist_id,
                NULLIF(TRIM(t.track_id), '') AS track_id,
                TRIM(t.artist_name) AS artist_name,
                TRIM(t.track_name) AS track_name,
                NULLIF(TRIM(t.album_name), '') AS album_name,
                t.played_at
            FROM timed AS t
        ),
        valid AS
        (
            SELECT
                CAST(t.user_id AS varchar(128)) AS user_id,
                t.load_id,
                t.line_number,
                CAST(t.artist_id AS varchar(128)) AS artist_id,
                CAST(t.track_id AS varchar(128)) AS track_id,
                CAST(t.artist_name AS varchar(1000)) AS artist_name,
                CAST(t.track_name AS varchar(1000)) AS track_name,
                CAST(t.album_name AS varchar(1000)) AS album_name,
                t.played_at
            FROM trimmed AS t
            WHERE t.played_at >= CAST('1970-01-01T00:00:00' AS datetime2(6))
                AND DATALENGTH(t.user_id) BETWEEN 1 AND 128
                AND DATALENGTH(t.artist_name) BETWEEN 1 AND 1000
                AND DATALENGTH(t.track_name) BETWEEN 1 AND 1000
                AND COALESCE(DATALENGTH(t.artist_id), 0) <= 128
                AND COALESCE(DATALENGTH(t.track_id), 0) <= 128
                AND COALESCE(DATALENGTH(t.album_name), 0) <= 1000
        ),
        plays AS
        (
            SELECT
                v.user_id,
                v.load_id,
                v.line_number,
                v.artist_id,
                v.track_id,
                v.artist_name,
                v.track_name,
                v.album_name,
                v.played_at
            FROM valid AS v
            UNION ALL
            SELECT
                e.user_id,
                e.load_id,
                e.line_number,
                e.artist_id,
                e.track_id,
                e.artist_name,
                e.track_name,
                e.album_name,
                e.played_at
            FROM #earlier AS e
        ),
        ordered AS
        (
            SELECT
                p.user_id,
                p.load_id,
                p.line_number,
                p.artist_id,
                p.track_id,
                p.artist_name,
                p.track_name,
                p.album_name,
                p.played_at,
                LEAD(p.played_at) OVER
                (
                    PARTITION BY p.user_id
                    ORDER BY p.played_at, p.load_id DESC, p.line_number DESC
                ) AS next_played_at
            FROM plays AS p
        )
        INSERT INTO staging.scrobble_plays
        (
            user_id, load_id, line_number, artist_id, track_id, artist_name, track_name, album_name,
            seconds_to_next, played_at
        )
        SELECT
            o.user_id,
            o.load_id,
            o.line_number,
            o.artist_id,
            o.track_id,
            o.artist_name,
            o.track_name,
            o.album_name,
            DATEDIFF_BIG(microsecond, o.played_at, o.next_played_at) / 1e6 AS seconds_to_next,
            o.played_at
        FROM ordered AS o
        WHERE o.next_played_at > o.played_at OR o.next_played_at IS NULL;

        /* What is landed and not staged now broke a rule or is tied. Most loads have few such lines. */
        SELECT @landed_count = COUNT_BIG(*) FROM raw.scrobbles AS r WHERE r.load_id = @load_id;
        SELECT @valid_count = COUNT_BIG(*)
        FROM
        (
            SELECT p.line_number FROM staging.scrobble_plays AS p WHERE p.load_id = @load_id
            UNION ALL
            SELECT d.line_number FROM staging.duplicates AS d WHERE d.load_id = @load_id
        ) AS v;
        SELECT
            r.line_number
        INTO #lost
        FROM raw.scrobbles AS r
        WHERE @valid_count < @landed_count
            AND r.load_id = @load_id
            AND NOT EXISTS
            (
                SELECT 1
                FROM staging.scrobble_plays AS p
                WHERE p.load_id = @load_id AND p.line_number = r.line_number
            )
            AND (@done_count = 0 OR r.line_number NOT IN (SELECT d.line_number FROM #done AS d));

        WITH timed AS
        (
            SELECT
                r.load_id,
                r.line_number,
                r.reject_rule,
                r.played_at AS raw_played_at,
                NULLIF(TRIM(r.user_id), '') AS user_id,
                NULLIF(TRIM(r.artist_id), '') AS artist_id,
                NULLIF(TRIM(r.track_id), '') AS track_id,
                NULLIF(TRIM(r.artist_name), '') AS artist_name,
                NULLIF(TRIM(r.track_name), '') AS track_name,
                NULLIF(TRIM(r.album_name), '') AS album_name,
                CASE
                    WHEN r.played_at LIKE '____-__-__T__:__:__Z'
                        THEN TRY_CAST(LEFT(r.played_at, 19) AS datetime2(6))
                    ELSE p.parsed_at
                END AS played_at
            FROM raw.scrobbles AS r
            INNER JOIN #lost AS l
                ON l.line_number = r.line_number
            CROSS APPLY (SELECT NULLIF(TRIM(r.played_at), '') AS time_text) AS t
            CROSS APPLY (SELECT TRANSLATE(t.time_text, '123456789', '000000000') AS time_shape) AS f
            CROSS APPLY staging.parse_timestamp(t.time_text, f.time_shape) AS p
            WHERE r.load_id = @load_id
        )
        SELECT
            CAST(t.user_id AS varchar(128)) AS user_id,
            t.load_id,
            t.line_number,
            CAST(t.artist_id AS varchar(128)) AS artist_id,
            CAST(t.track_id AS varchar(128)) AS track_id,
            CAST(t.artist_name AS varchar(1000)) AS artist_name,
            CAST(t.track_name AS varchar(1000)) AS track_name,
            CAST(t.album_name AS varchar(1000)) AS album_name,
            t.reject_rule,
            t.raw_played_at,
            CASE
                WHEN t.reject_rule IS NOT NULL THEN 'rejected_by_rule'
                WHEN t.user_id IS NULL THEN 'missing_user_id'
                WHEN t.artist_name IS NULL THEN 'missing_artist'
                WHEN t.track_name IS NULL THEN 'missing_track'
                WHEN DATALENGTH(t.user_id) > 128
                    OR DATALENGTH(t.artist_id) > 128
                    OR DATALENGTH(t.track_id) > 128
                    OR DATALENGTH(t.artist_name) > 1000
                    OR DATALENGTH(t.track_name) > 1000
                    OR DATALENGTH(t.album_name) > 1000 THEN 'too_long'
                WHEN t.played_at IS NULL OR t.played_at < CAST('1970-01-01T00:00:00' AS datetime2(6))
                    THEN 'bad_timestamp'
            END AS rule_name,
            t.played_at
        INTO #judged
        FROM timed AS t;

        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'scrobbles' AS source,
            j.load_id,
            j.line_number,
            j.rule_name,
            CASE j.rule_name
                WHEN 'missing_user_id' THEN 'user_id'
                WHEN 'missing_artist' THEN 'artist_name'
                WHEN 'missing_track' THEN 'track_name'
                WHEN 'bad_timestamp' THEN 'played_at'
            END AS column_name,
            CASE j.rule_name
                WHEN 'rejected_by_rule' THEN j.reject_rule
                WHEN 'bad_timestamp' THEN j.raw_played_at
            END AS raw_value,
            @now AS quarantined_at
        FROM #judged AS j
        WHERE j.rule_name IS NOT NULL;

        /* Plays that another one of their user follows at the same time: of this load, and of earlier ones. */
        SELECT
            j.user_id,
            j.load_id,
            j.line_number,
            j.artist_id,
            j.track_id,
            j.artist_name,
            j.track_name,
            j.album_name,
            j.played_at
        INTO #followed
        FROM #judged AS j
        WHERE j.rule_name IS NULL;
        IF @earlier_count > 0
            INSERT INTO #followed
            (
                user_id, load_id, line_number, artist_id, track_id, artist_name, track_name, album_name, played_at
            )
            SELECT
                e.user_id,
                e.load_id,
                e.line_number,
                e.artist_id,
                e.track_id,
                e.artist_name,
                e.track_name,
                e.album_name,
                e.played_at
            FROM #earlier AS e
            WHERE NOT EXISTS
            (
                SELECT 1
                FROM staging.scrobble_plays AS p
                WHERE p.load_id = e.load_id AND p.line_number = e.line_number
            );

        IF EXISTS (SELECT 1 FROM #followed AS f)
        BEGIN
            /* All plays of such a user and time; of each artist and track the first line is kept. */
            SELECT
                f.user_id,
                f.load_id,
                f.line_number,
                f.artist_id,
                f.track_id,
                f.artist_name,
                f.track_name,
                f.album_name,
                f.is_followed,
                f.played_at,
                ROW_NUMBER() OVER
                (
                    PARTITION BY f.user_id, f.played_at, f.artist_name, f.track_name
                    ORDER BY f.load_id, f.line_number
                ) AS place
            INTO #tied
            FROM
            (
                SELECT
                    l.user_id,
                    l.load_id,
                    l.line_number,
                    l.artist_id,
                    l.track_id,
                    l.artist_name,
                    l.track_name,
                    l.album_name,
                    1 AS is_followed,
                    l.played_at
                FROM #followed AS l
                UNION ALL
                SELECT
                    p.user_id,
                    p.load_id,
                    p.line_number,
                    p.artist_id,
                    p.track_id,
                    p.artist_name,
                    p.track_name,
                    p.album_name,
                    0 AS is_followed,
                    p.played_at
                FROM staging.scrobble_plays AS p
                INNER JOIN (SELECT DISTINCT k.user_id, k.played_at FROM #followed AS k) AS t
                    ON t.user_id = p.user_id AND t.played_at = p.played_at
            ) AS f;

            INSERT INTO staging.duplicates
            (
                source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
                recorded_at
            )
            SELECT
                'scrobbles' AS source,
                l.load_id,
                l.line_number,
                'same_play' AS rule_name,
                CAST(CONCAT(l.user_id, ' ', l.artist_name) AS varchar(300)) AS key_value,
                NULL AS variation_id,
                k.load_id AS kept_load_id,
                k.line_number AS kept_line_number,
                @now AS recorded_at
            FROM #tied AS l
            INNER JOIN #tied AS k
                ON k.user_id = l.user_id AND k.played_at = l.played_at AND k.artist_name = l.artist_name
                    AND k.track_name = l.track_name
            WHERE l.place > 1 AND k.place = 1;

            INSERT INTO staging.scrobble_plays
            (
                user_id, load_id, line_number, artist_id, track_id, artist_name, track_name, album_name,
                seconds_to_next, played_at
            )
            SELECT
                t.user_id,
                t.load_id,
                t.line_number,
                t.artist_id,
                t.track_id,
                t.artist_name,
                t.track_name,
                t.album_name,
                CAST(0 AS float) AS seconds_to_next,
                t.played_at
            FROM #tied AS t
            WHERE t.place = 1 AND t.is_followed = 1;
        END;

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

/*
Builds marts.dim_sessions and marts.fct_user_metrics of the users whose plays came with a load since the last build; of
all users where a threshold in catalog.source_settings is another than then. A session ends where the next play begins
more than session_gap_seconds later, so a gap of exactly that much does not end it.
*/
CREATE OR ALTER PROCEDURE marts.load_dim_sessions
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @last_load_id bigint;
DECLARE @newest_load_id bigint;
DECLARE @settings varchar(4000);
DECLARE @gap_seconds float;
DECLARE @min_tracks float;
DECLARE @min_sessions float;
SELECT
    @gap_seconds = MAX(CASE WHEN s.setting_name = 'session_gap_seconds' THEN s.setting_value END),
    @min_tracks = MAX(CASE WHEN s.setting_name = 'min_session_tracks' THEN s.setting_value END),
    @min_sessions = MAX(CASE WHEN s.setting_name = 'min_user_sessions' THEN s.setting_value END),
    @settings = STRING_AGG(CONCAT(s.setting_name, '=', CAST(s.setting_value AS varchar(40))), ' ')
        WITHIN GROUP (ORDER BY s.setting_name)
FROM catalog.source_settings AS s
WHERE s.source = 'scrobbles';
SELECT @newest_load_id = MAX(p.load_id) FROM staging.scrobble_plays AS p;
SELECT @last_load_id = MAX(b.last_load_id)
FROM ops.mart_builds AS b
WHERE b.mart_name = 'dim_sessions' AND b.settings = @settings;
IF @newest_load_id IS NULL OR @newest_load_id = @last_load_id
    RETURN;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    SELECT
        p.user_id
    INTO #users
    FROM staging.scrobble_plays AS p
    WHERE p.load_id > COALESCE(@last_load_id, 0)
    GROUP BY p.user_id;
    IF @last_load_id IS NULL
    BEGIN
        DELETE FROM marts.dim_sessions;
        DELETE FROM marts.fct_user_metrics;
    END;
    IF @last_load_id IS NOT NULL
    BEGIN
        DELETE s
        FROM marts.dim_sessions AS s
        INNER JOIN #users AS u
            ON u.user_id = s.user_id;
        DELETE m
        FROM marts.fct_user_metrics AS m
        INNER JOIN #users AS u
            ON u.user_id = m.user_id;
    END;

    /* One row an artist of a session: what both marts count artists from. */
    WITH numbered AS
    (
        SELECT
            p.user_id,
            p.artist_name,
            p.play_seconds,
            p.is_skip,
            p.played_at,
            1 + COALESCE
            (
                SUM(CAST(CASE WHEN p.seconds_to_next > @gap_seconds THEN 1 ELSE 0 END AS bigint)) OVER
                (
                    PARTITION BY p.user_id
                    ORDER BY p.played_at, p.load_id DESC, p.line_number DESC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), 0
            ) AS session_number
        FROM staging.stg_scrobbles AS p
        WHERE EXISTS (SELECT 1 FROM #users AS u WHERE u.user_id = p.user_id)
    )
    SELECT
        n.user_id,
        n.session_number,
        n.artist_name,
        COUNT_BIG(*) AS track_count,
        SUM(CAST(n.is_skip AS bigint)) AS skip_count,
        SUM(COALESCE(n.play_seconds, 0)) AS play_seconds,
        MIN(n.played_at) AS started_at,
        MAX(n.played_at) AS last_played_at
    INTO #session_artists
    FROM numbered AS n
    GROUP BY n.user_id, n.session_number, n.artist_name;

    INSERT INTO marts.dim_sessions
    (
        user_id, session_number, track_count, unique_artist_count, skip_count, minutes, skip_rate, started_at,
        last_played_at
    )
    SELECT
        a.user_id,
        a.session_number,
        SUM(a.track_count) AS track_count,
        COUNT_BIG(*) AS unique_artist_count,
        SUM(a.skip_count) AS skip_count,
        SUM(a.play_seconds) / 60 AS minutes,
        CAST(SUM(a.skip_count) AS float) / NULLIF(CAST(SUM(a.track_count) AS float), 0) AS skip_rate,
        MIN(a.started_at) AS started_at,
        MAX(a.last_played_at) AS last_played_at
    FROM #session_artists AS a
    GROUP BY a.user_id, a.session_number
    HAVING CAST(SUM(a.track_count) AS float) >= @min_tracks;

    WITH sessions AS
    (
        SELECT
            s.user_id,
            s.session_number,
            s.track_count,
            s.skip_count,
            s.minutes,
            s.started_at,
            MIN(s.started_at) OVER (PARTITION BY s.user_id) AS first_session_at
        FROM marts.dim_sessions AS s
        WHERE EXISTS (SELECT 1 FROM #users AS u WHERE u.user_id = s.user_id)
    ),
    totals AS
    (
        SELECT
            s.user_id,
            COUNT_BIG(*) AS session_count,
            SUM(s.track_count) AS track_count,
            SUM(s.skip_count) AS skip_count,
            SUM(s.minutes) AS minutes,
            MAX(CASE WHEN DATEDIFF(day, s.first_session_at, s.started_at) = 1 THEN 1 ELSE 0 END) AS is_retained,
            MIN(s.started_at) AS first_session_at,
            MAX(s.started_at) AS last_session_at
        FROM sessions AS s
        GROUP BY s.user_id
        HAVING CAST(COUNT_BIG(*) AS float) >= @min_sessions
    ),
    user_artists AS
    (
        SELECT
            a.user_id,
            a.artist_name
        FROM #session_artists AS a
        INNER JOIN marts.dim_sessions AS s
            ON s.user_id = a.user_id AND s.session_number = a.session_number
        GROUP BY a.user_id, a.artist_name
    ),
    artist_counts AS
    (
        SELECT
            a.user_id,
            COUNT_BIG(*) AS unique_artist_count
        FROM user_artists AS a
        GROUP BY a.user_id
    )
    INSERT INTO marts.fct_user_metrics
    (
        user_id, session_count, track_count, skip_count, unique_artist_count, minutes, mean_session_minutes,
        tracks_per_session, skip_rate, is_retained_day_1, first_session_at, last_session_at
    )
    SELECT
        t.user_id,
        t.session_count,
        t.track_count,
        t.skip_count,
        a.unique_artist_count,
        t.minutes,
        t.minutes / NULLIF(CAST(t.session_count AS float), 0) AS mean_session_minutes,
        CAST(t.track_count AS float) / NULLIF(CAST(t.session_count AS float), 0) AS tracks_per_session,
        CAST(t.skip_count AS float) / NULLIF(CAST(t.track_count AS float), 0) AS skip_rate,
        CAST(t.is_retained AS bit) AS is_retained_day_1,
        t.first_session_at,
        t.last_session_at
    FROM totals AS t
    INNER JOIN artist_counts AS a
        ON a.user_id = t.user_id;

    DELETE FROM ops.mart_builds WHERE mart_name = 'dim_sessions';
    INSERT INTO ops.mart_builds (mart_name, last_load_id, settings, built_at)
    VALUES ('dim_sessions', @newest_load_id, @settings, @now);
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

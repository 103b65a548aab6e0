/* marts.load_dim_sessions: where a session ends, which sessions and users count, what is measured of them. */
EXEC tSQLt.NewTestClass 'marts_load_dim_sessions';
GO
CREATE PROCEDURE marts_load_dim_sessions.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'staging.scrobble_plays';
    EXEC tSQLt.FakeTable 'marts.dim_sessions';
    EXEC tSQLt.FakeTable 'marts.fct_user_metrics';
    EXEC tSQLt.FakeTable 'ops.mart_builds';
    EXEC tSQLt.FakeTable 'catalog.source_settings';
    INSERT INTO catalog.source_settings (source, setting_name, setting_value)
    VALUES
        ('scrobbles', 'play_cap_seconds', 600e0), ('scrobbles', 'skip_seconds', 30e0),
        ('scrobbles', 'session_gap_seconds', 1800e0), ('scrobbles', 'min_session_tracks', 2e0),
        ('scrobbles', 'min_user_sessions', 3e0);
END;
GO
CREATE PROCEDURE marts_load_dim_sessions.[test no plays give no sessions]
AS
BEGIN
    EXEC marts.load_dim_sessions;

    EXEC tSQLt.AssertEmptyTable 'marts.dim_sessions';
    EXEC tSQLt.AssertEmptyTable 'marts.fct_user_metrics';
END;
GO
CREATE PROCEDURE marts_load_dim_sessions.[test a gap of exactly 30 minutes does not end a session, one microsecond more does]
AS
BEGIN
    INSERT INTO staging.scrobble_plays (user_id, load_id, line_number, artist_name, seconds_to_next, played_at)
    VALUES
        ('u', 1, 1, 'a', 1800e0, CAST('2009-01-01T00:00:00' AS datetime2(6))),
        ('u', 1, 2, 'b', 1800.000001e0, CAST('2009-01-01T00:30:00' AS datetime2(6))),
        ('u', 1, 3, 'a', 29e0, CAST('2009-01-01T01:00:00.000001' AS datetime2(6))),
        ('u', 1, 4, 'a', 60e0, CAST('2009-01-01T01:00:29.000001' AS datetime2(6))),
        ('u', 1, 5, 'a', NULL, CAST('2009-01-01T01:01:29.000001' AS datetime2(6)));

    EXEC marts.load_dim_sessions;

    SELECT
        s.session_number,
        s.track_count,
        s.unique_artist_count,
        s.skip_count,
        ROUND(s.minutes, 9) AS minutes,
        ROUND(s.skip_rate, 9) AS skip_rate,
        s.started_at,
        s.last_played_at
    INTO #actual
    FROM marts.dim_sessions AS s;
    SELECT TOP (0)
        a.session_number,
        a.track_count,
        a.unique_artist_count,
        a.skip_count,
        a.minutes,
        a.skip_rate,
        a.started_at,
        a.last_played_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        session_number, track_count, unique_artist_count, skip_count, minutes, skip_rate, started_at, last_played_at
    )
    VALUES
    (
        1, 2, 2, 0, 20e0, 0e0, CAST('2009-01-01T00:00:00' AS datetime2(6)),
        CAST('2009-01-01T00:30:00' AS datetime2(6))
    ),
    (
        2, 3, 1, 1, ROUND(89e0 / 60e0, 9), ROUND(1e0 / 3e0, 9),
        CAST('2009-01-01T01:00:00.000001' AS datetime2(6)), CAST('2009-01-01T01:01:29.000001' AS datetime2(6))
    );
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'marts.fct_user_metrics';
END;
GO
CREATE PROCEDURE marts_load_dim_sessions.[test a session of one track is left out until the catalog says otherwise]
AS
BEGIN
    INSERT INTO staging.scrobble_plays (user_id, load_id, line_number, artist_name, seconds_to_next, played_at)
    VALUES
        ('u', 1, 1, 'a', 1801e0, CAST('2009-01-01T00:00:00' AS datetime2(6))),
        ('u', 1, 2, 'b', NULL, CAST('2009-01-01T00:30:01' AS datetime2(6)));
    EXEC marts.load_dim_sessions;
    EXEC tSQLt.AssertEmptyTable 'marts.dim_sessions';

    UPDATE catalog.source_settings SET setting_value = 1 WHERE setting_name = 'min_session_tracks';
    EXEC marts.load_dim_sessions;

    DECLARE @session_count int = (SELECT COUNT(*) FROM marts.dim_sessions AS s);
    EXEC tSQLt.AssertEquals 2, @session_count;
END;
GO
CREATE PROCEDURE marts_load_dim_sessions.[test users of three sessions have metrics, and day 1 is the next calendar day]
AS
BEGIN
    /* u plays at 1:00, 23:58 and 0:59 of the next day, 1 March of a leap year; v never on day 1; w has two sessions. */
    INSERT INTO staging.scrobble_plays (user_id, load_id, line_number, artist_name, seconds_to_next, played_at)
    VALUES
        ('u', 1, 1, 'a', 10e0, CAST('2012-02-29T01:00:00' AS datetime2(6))),
        ('u', 1, 2, 'b', 82670e0, CAST('2012-02-29T01:00:10' AS datetime2(6))),
        ('u', 1, 3, 'a', 60e0, CAST('2012-02-29T23:58:00' AS datetime2(6))),
        ('u', 1, 4, 'c', 3600e0, CAST('2012-02-29T23:59:00' AS datetime2(6))),
        ('u', 1, 5, 'c', 60e0, CAST('2012-03-01T00:59:00' AS datetime2(6))),
        ('u', 1, 6, 'c', NULL, CAST('2012-03-01T01:00:00' AS datetime2(6))),
        ('v', 1, 7, 'a', 60e0, CAST('2012-02-29T00:00:00' AS datetime2(6))),
        ('v', 1, 8, 'a', 7140e0, CAST('2012-02-29T00:01:00' AS datetime2(6))),
        ('v', 1, 9, 'a', 60e0, CAST('2012-02-29T02:00:00' AS datetime2(6))),
        ('v', 1, 10, 'a', 165540e0, CAST('2012-02-29T02:01:00' AS datetime2(6))),
        ('v', 1, 11, 'a', 60e0, CAST('2012-03-02T00:00:00' AS datetime2(6))),
        ('v', 1, 12, 'a', NULL, CAST('2012-03-02T00:01:00' AS datetime2(6))),
        ('w', 1, 13, 'a', 60e0, CAST('2012-03-02T00:00:00' AS datetime2(6))),
        ('w', 1, 14, 'a', 3600e0, CAST('2012-03-02T00:01:00' AS datetime2(6))),
        ('w', 1, 15, 'a', 60e0, CAST('2012-03-02T01:01:00' AS datetime2(6))),
        ('w', 1, 16, 'a', NULL, CAST('2012-03-02T01:02:00' AS datetime2(6)));

    EXEC marts.load_dim_sessions;

    SELECT
        m.user_id,
        m.session_count,
        m.track_count,
        m.skip_count,
        m.unique_artist_count,
        ROUND(m.minutes, 9) AS minutes,
        ROUND(m.mean_session_minutes, 9) AS mean_session_minutes,
        m.tracks_per_session,
        ROUND(m.skip_rate, 9) AS skip_rate,
        m.is_retained_day_1
    INTO #actual
    FROM marts.fct_user_metrics AS m;
    SELECT TOP (0)
        a.user_id,
        a.session_count,
        a.track_count,
        a.skip_count,
        a.unique_artist_count,
        a.minutes,
        a.mean_session_minutes,
        a.tracks_per_session,
        a.skip_rate,
        a.is_retained_day_1
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
    (
        user_id, session_count, track_count, skip_count, unique_artist_count, minutes, mean_session_minutes,
        tracks_per_session, skip_rate, is_retained_day_1
    )
    VALUES
    (
        'u', 3, 6, 1, 3, ROUND(1330e0 / 60e0, 9), ROUND(1330e0 / 180e0, 9), 2e0, ROUND(1e0 / 6e0, 9), 1
    ),
    (
        'v', 3, 6, 0, 1, 23e0, ROUND(23e0 / 3e0, 9), 2e0, 0e0, 0
    );
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_dim_sessions.[test a later load rebuilds its users only]
AS
BEGIN
    INSERT INTO staging.scrobble_plays (user_id, load_id, line_number, artist_name, seconds_to_next, played_at)
    VALUES
        ('u', 1, 1, 'a', 60e0, CAST('2009-01-01T00:00:00' AS datetime2(6))),
        ('u', 1, 2, 'b', NULL, CAST('2009-01-01T00:01:00' AS datetime2(6))),
        ('v', 1, 3, 'a', 60e0, CAST('2009-01-01T00:00:00' AS datetime2(6))),
        ('v', 1, 4, 'b', NULL, CAST('2009-01-01T00:01:00' AS datetime2(6)));
    EXEC marts.load_dim_sessions;
    UPDATE marts.dim_sessions SET minutes = -1;
    INSERT INTO staging.scrobble_plays (user_id, load_id, line_number, artist_name, seconds_to_next, played_at)
    VALUES ('v', 2, 1, 'c', NULL, CAST('2009-01-01T00:02:00' AS datetime2(6)));

    EXEC marts.load_dim_sessions;

    SELECT
        s.user_id,
        s.track_count,
        ROUND(s.minutes, 6) AS minutes
    INTO #actual
    FROM marts.dim_sessions AS s;
    SELECT TOP (0)
        a.user_id,
        a.track_count,
        a.minutes
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, track_count, minutes)
    VALUES ('u', 2, -1e0), ('v', 3, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

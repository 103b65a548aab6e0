/* staging.load_scrobbles and staging.stg_scrobbles: what is a play, how long it lasts, what is a skip. */
EXEC tSQLt.NewTestClass 'staging_load_scrobbles';
GO
CREATE PROCEDURE staging_load_scrobbles.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'raw.scrobbles';
    EXEC tSQLt.FakeTable 'staging.scrobble_plays';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    EXEC tSQLt.FakeTable 'catalog.source_settings';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES (1, 'scrobbles', 'finished'), (2, 'scrobbles', 'finished');
    INSERT INTO catalog.source_settings (source, setting_name, setting_value)
    VALUES ('scrobbles', 'play_cap_seconds', 600e0), ('scrobbles', 'skip_seconds', 30e0);
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test a load without rows stages nothing and is marked as staged]
AS
BEGIN
    EXEC staging.load_scrobbles @load_id = 1;

    EXEC tSQLt.AssertEmptyTable 'staging.scrobble_plays';
    DECLARE @staged_count int =
        (SELECT COUNT(*) FROM ops.load_log AS l WHERE l.load_id = 1 AND l.staged_at IS NOT NULL);
    EXEC tSQLt.AssertEquals 1, @staged_count;
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test a load of another source is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException @ExpectedMessage = 'Load 3 is no finished load of scrobbles.', @ExpectedErrorNumber = 50012;
    EXEC staging.load_scrobbles @load_id = 3;
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test one play is trimmed and its end is not known]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_id, artist_name, track_name, album_name)
    VALUES (1, 1, ' u1 ', ' 2009-05-04T23:08:57Z', '', ' Sigur Rós ', ' Hoppípolla', ' Takk ');

    EXEC staging.load_scrobbles @load_id = 1;

    SELECT
        s.user_id,
        s.artist_id,
        s.artist_name,
        s.track_name,
        s.album_name,
        s.play_seconds,
        s.is_skip,
        s.played_at
    INTO #actual
    FROM staging.stg_scrobbles AS s;
    SELECT TOP (0)
        a.user_id,
        a.artist_id,
        a.artist_name,
        a.track_name,
        a.album_name,
        a.play_seconds,
        a.is_skip,
        a.played_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, artist_id, artist_name, track_name, album_name, play_seconds, is_skip, played_at)
    VALUES
        ('u1', NULL, 'Sigur Rós', 'Hoppípolla', 'Takk', NULL, 0, CAST('2009-05-04T23:08:57' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test a play of exactly 30 seconds is no skip and exactly 10 minutes are not cut]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name)
    VALUES
        (1, 1, 'u', '2009-01-01T00:00:00Z', 'a', '29.999 s'),
        (1, 2, 'u', '2009-01-01T00:00:29.999Z', 'a', '30 s'),
        (1, 3, 'u', '2009-01-01T00:00:59.999Z', 'a', '600 s'),
        (1, 4, 'u', '2009-01-01T00:10:59.999Z', 'a', '600.001 s'),
        (1, 5, 'u', '2009-01-01T00:21:00Z', 'a', 'last');

    EXEC staging.load_scrobbles @load_id = 1;

    SELECT
        s.track_name,
        ROUND(s.play_seconds, 6) AS play_seconds,
        s.is_skip
    INTO #actual
    FROM staging.stg_scrobbles AS s;
    SELECT TOP (0)
        a.track_name,
        a.play_seconds,
        a.is_skip
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (track_name, play_seconds, is_skip)
    VALUES
        ('29.999 s', 29.999e0, 1), ('30 s', 30e0, 0), ('600 s', 600e0, 0), ('600.001 s', 600e0, 0),
        ('last', NULL, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test newest first, another user's plays and midnight of a leap day do not matter]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name)
    VALUES
        (1, 1, 'u', '2008-03-01T00:00:10Z', 'a', 'second'),
        (1, 2, 'v', '2008-02-29T23:59:55Z', 'a', 'other'),
        (1, 3, 'u', '2008-02-29T23:59:50Z', 'a', 'first');

    EXEC staging.load_scrobbles @load_id = 1;

    SELECT
        p.track_name,
        p.seconds_to_next
    INTO #actual
    FROM staging.scrobble_plays AS p;
    SELECT TOP (0)
        a.track_name,
        a.seconds_to_next
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (track_name, seconds_to_next)
    VALUES ('first', 20e0), ('second', NULL), ('other', NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test times with offset, without zone and as epoch become UTC]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name)
    VALUES
        (1, 1, 'u', '2026-03-29T03:00:00+02:00', 'a', 'after the clocks went forward'),
        (1, 2, 'v', '2026-03-29T01:59:59+01:00', 'a', 'before'),
        (1, 3, 'w', '2026-03-29 01:00:00', 'a', 'no zone'),
        (1, 4, 'x', '1774746000', 'a', 'epoch');

    EXEC staging.load_scrobbles @load_id = 1;

    SELECT
        p.user_id,
        p.played_at
    INTO #actual
    FROM staging.scrobble_plays AS p;
    SELECT TOP (0)
        a.user_id,
        a.played_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, played_at)
    VALUES
        ('u', CAST('2026-03-29T01:00:00' AS datetime2(6))), ('v', CAST('2026-03-29T00:59:59' AS datetime2(6))),
        ('w', CAST('2026-03-29T01:00:00' AS datetime2(6))), ('x', CAST('2026-03-29T01:00:00' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test the hour that the clocks go back over is played twice and keeps its order]
AS
BEGIN
    /* 2026-10-25 in Berlin: 02:30 comes at +02:00, and once more an hour later at +01:00. */
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name)
    VALUES
        (1, 1, 'u', '2026-10-25T02:30:00+01:00', 'a', 'second'),
        (1, 2, 'u', '2026-10-25T02:30:00+02:00', 'a', 'first'),
        (1, 3, 'u', '2026-10-25T02:59:59+02:00', 'a', 'last of the first hour'),
        (1, 4, 'u', '2026-10-25T02:00:00+01:00', 'a', 'first of the second hour'),
        (1, 5, 'u', '2026-10-25T03:00:00+01:00', 'a', 'after both');

    EXEC staging.load_scrobbles @load_id = 1;

    SELECT
        p.track_name,
        p.seconds_to_next,
        p.played_at
    INTO #actual
    FROM staging.scrobble_plays AS p;
    SELECT TOP (0)
        a.track_name,
        a.seconds_to_next,
        a.played_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (track_name, seconds_to_next, played_at)
    VALUES
        ('first', 1799e0, CAST('2026-10-25T00:30:00' AS datetime2(6))),
        ('last of the first hour', 1e0, CAST('2026-10-25T00:59:59' AS datetime2(6))),
        ('first of the second hour', 1800e0, CAST('2026-10-25T01:00:00' AS datetime2(6))),
        ('second', 1800e0, CAST('2026-10-25T01:30:00' AS datetime2(6))),
        ('after both', NULL, CAST('2026-10-25T02:00:00' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    EXEC tSQLt.AssertEmptyTable 'staging.duplicates';
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test a play of a later load at the time of an earlier one is a play or a duplicate]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name)
    VALUES
        (1, 1, 'u', '2009-01-01T00:00:00Z', 'a', 't'),
        (1, 2, 'u', '2009-01-01T00:02:00Z', 'a', 'end'),
        (2, 1, 'u', '2009-01-01T00:00:00Z', 'a', 't'),
        (2, 2, 'u', '2009-01-01T00:00:00Z', 'a', 'other'),
        (2, 3, 'u', '2009-01-01T00:02:00Z', 'a', 'end');

    EXEC staging.load_scrobbles @load_id = 1;
    EXEC staging.load_scrobbles @load_id = 2;

    SELECT
        p.load_id,
        p.line_number,
        p.seconds_to_next
    INTO #actual
    FROM staging.scrobble_plays AS p;
    SELECT TOP (0)
        a.load_id,
        a.line_number,
        a.seconds_to_next
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (load_id, line_number, seconds_to_next)
    VALUES (1, 1, 120e0), (2, 2, 0e0), (1, 2, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    SELECT
        d.load_id,
        d.line_number,
        d.kept_load_id,
        d.kept_line_number
    INTO #actual_duplicates
    FROM staging.duplicates AS d;
    SELECT TOP (0)
        a.load_id,
        a.line_number,
        a.kept_load_id,
        a.kept_line_number
    INTO #expected_duplicates
    FROM #actual_duplicates AS a;
    INSERT INTO #expected_duplicates (load_id, line_number, kept_load_id, kept_line_number)
    VALUES (2, 1, 1, 1), (2, 3, 1, 2);
    EXEC tSQLt.AssertEqualsTable '#expected_duplicates', '#actual_duplicates';
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test what breaks a rule is in quarantine with the first rule it breaks]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name, reject_rule)
    VALUES
        (1, 1, NULL, NULL, NULL, NULL, NULL),
        (1, 2, 'u', '2009-01-01T00:00:00Z', ' ', 't', NULL),
        (1, 3, 'u', '2009-01-01T00:00:00Z', 'a', '', NULL),
        (1, 4, 'u', '2009-02-29T00:00:00Z', 'a', 't', NULL),
        (1, 5, 'u', NULL, 'a', 't', NULL),
        (1, 6, 'u', '2009-01-01T00:00:00Z', REPLICATE('x', 1001), 't', NULL),
        (1, 7, 'u', '2009-01-01T00:00:00Z', REPLICATE('x', 1000), 't', NULL),
        (1, 8, 'u', '2009-01-01T00:00:00Z', 'a', 't', 'x=y'),
        (1, 9, 'u', '1969-12-31T23:59:59Z', 'a', 't', NULL);

    EXEC staging.load_scrobbles @load_id = 1;

    SELECT
        q.line_number,
        q.rule_name,
        q.column_name,
        q.raw_value
    INTO #actual
    FROM staging.quarantine AS q;
    SELECT TOP (0)
        a.line_number,
        a.rule_name,
        a.column_name,
        a.raw_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, rule_name, column_name, raw_value)
    VALUES
        (1, 'missing_user_id', 'user_id', NULL),
        (2, 'missing_artist', 'artist_name', NULL),
        (3, 'missing_track', 'track_name', NULL),
        (4, 'bad_timestamp', 'played_at', '2009-02-29T00:00:00Z'),
        (5, 'bad_timestamp', 'played_at', NULL),
        (6, 'too_long', NULL, NULL),
        (8, 'rejected_by_rule', NULL, 'x=y'),
        (9, 'bad_timestamp', 'played_at', '1969-12-31T23:59:59Z');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @line bigint = (SELECT MAX(p.line_number) FROM staging.scrobble_plays AS p);
    EXEC tSQLt.AssertEquals 7, @line;
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test the same play twice is a counted duplicate, two tracks in a second are not]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name)
    VALUES
        (1, 1, 'u', '2009-01-01T00:00:00Z', 'a', 't'),
        (1, 2, 'u', '2009-01-01T00:00:00Z', 'a', 't2'),
        (1, 3, 'u', '2009-01-01T00:00:00Z', 'a', 't'),
        (1, 4, 'u', '2009-01-01T00:01:00Z', 'a', 't'),
        (1, 5, 'u', '2009-01-01T00:01:00Z', ' a ', 't ');

    EXEC staging.load_scrobbles @load_id = 1;

    SELECT
        p.line_number,
        p.seconds_to_next
    INTO #actual
    FROM staging.scrobble_plays AS p;
    SELECT TOP (0)
        a.line_number,
        a.seconds_to_next
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, seconds_to_next)
    VALUES (1, 60e0), (2, 0e0), (4, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    SELECT
        d.line_number,
        d.kept_line_number
    INTO #actual_duplicates
    FROM staging.duplicates AS d;
    SELECT TOP (0)
        a.line_number,
        a.kept_line_number
    INTO #expected_duplicates
    FROM #actual_duplicates AS a;
    INSERT INTO #expected_duplicates (line_number, kept_line_number)
    VALUES (3, 1), (5, 4);
    EXEC tSQLt.AssertEqualsTable '#expected_duplicates', '#actual_duplicates';
END;
GO
CREATE PROCEDURE staging_load_scrobbles.[test a later load goes between the plays of an earlier one]
AS
BEGIN
    INSERT INTO raw.scrobbles (load_id, line_number, user_id, played_at, artist_name, track_name)
    VALUES
        (1, 1, 'u', '2009-01-01T00:00:00Z', 'a', 't'),
        (1, 2, 'u', '2009-01-01T00:05:00Z', 'a', 't'),
        (1, 3, 'v', '2009-01-01T00:05:00Z', 'a', 't'),
        (2, 1, 'u', '2009-01-01T00:02:00Z', 'a', 't'),
        (2, 2, 'u', '2009-01-01T00:00:00Z', 'a', 't');
    EXEC staging.load_scrobbles @load_id = 1;
    EXEC staging.load_scrobbles @load_id = 2;
    EXEC staging.load_scrobbles @load_id = 2;

    SELECT
        p.load_id,
        p.line_number,
        p.seconds_to_next
    INTO #actual
    FROM staging.scrobble_plays AS p;
    SELECT TOP (0)
        a.load_id,
        a.line_number,
        a.seconds_to_next
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (load_id, line_number, seconds_to_next)
    VALUES (1, 1, 120e0), (1, 2, NULL), (1, 3, NULL), (2, 1, 180e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @duplicate_count int = (SELECT COUNT(*) FROM staging.duplicates AS d WHERE d.load_id = 2);
    EXEC tSQLt.AssertEquals 1, @duplicate_count;
END;
GO

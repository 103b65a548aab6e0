/* The podcast's dimensions and analyses: versions, and a window with its start in and its end out. */
EXEC tSQLt.NewTestClass 'marts_podcast';
GO
CREATE PROCEDURE marts_podcast.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'staging.stg_podcast_users';
    EXEC tSQLt.FakeTable 'staging.stg_podcast_episodes';
    EXEC tSQLt.FakeTable 'staging.cleansed_podcast_events';
    EXEC tSQLt.FakeTable 'marts.dim_users';
    EXEC tSQLt.FakeTable 'marts.dim_episodes';
    EXEC tSQLt.FakeTable 'marts.fct_user_interactions';
    EXEC tSQLt.FakeTable 'ops.mart_builds';
    EXEC tSQLt.FakeTable 'catalog.source_settings';
    INSERT INTO catalog.source_settings (source, setting_name, setting_value)
    VALUES ('podcast_events', 'analysis_days', 7e0);
END;
GO
CREATE PROCEDURE marts_podcast.[test a version begins where a value changes, also from and to nothing]
AS
BEGIN
    INSERT INTO staging.stg_podcast_users (user_id, load_id, country, plan_name, changed_at)
    VALUES
        ('u', 1, 'DE', 'free', CAST('2024-01-01' AS datetime2(6))),
        ('u', 2, 'DE', 'free', CAST('2024-02-01' AS datetime2(6))),
        ('u', 3, NULL, 'free', CAST('2024-03-01' AS datetime2(6))),
        ('u', 4, 'FR', 'free', CAST('2024-04-01' AS datetime2(6)));

    EXEC marts.load_dim_users;
    EXEC marts.load_dim_users;

    SELECT
        u.version_number,
        u.country,
        u.is_current,
        u.valid_from,
        u.valid_to
    INTO #actual
    FROM marts.dim_users AS u;
    SELECT TOP (0)
        a.version_number,
        a.country,
        a.is_current,
        a.valid_from,
        a.valid_to
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (version_number, country, is_current, valid_from, valid_to)
    VALUES
        (1, 'DE', 0, CAST('1900-01-01' AS datetime2(6)), CAST('2024-03-01' AS datetime2(6))),
        (2, NULL, 0, CAST('2024-03-01' AS datetime2(6)), CAST('2024-04-01' AS datetime2(6))),
        (3, 'FR', 1, CAST('2024-04-01' AS datetime2(6)), NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_podcast.[test a fact has the version that holds at its time, from the first moment on]
AS
BEGIN
    INSERT INTO marts.dim_users (user_id, version_number, valid_from, valid_to)
    VALUES
        ('u', 1, CAST('1900-01-01' AS datetime2(6)), CAST('2024-03-01' AS datetime2(6))),
        ('u', 2, CAST('2024-03-01' AS datetime2(6)), NULL);
    INSERT INTO staging.cleansed_podcast_events (user_id, episode_id, load_id, line_number, event_type, event_at)
    VALUES
        ('u', 'e', 1, 1, 'play', CAST('2024-02-29T23:59:59.999999' AS datetime2(6))),
        ('u', 'e', 1, 2, 'play', CAST('2024-03-01' AS datetime2(6))),
        ('nobody', 'e', 1, 3, 'play', CAST('2024-03-01' AS datetime2(6)));

    EXEC marts.load_fct_user_interactions;
    DELETE FROM staging.cleansed_podcast_events WHERE line_number = 2;
    EXEC marts.load_fct_user_interactions;

    SELECT
        f.line_number,
        f.user_version_number
    INTO #actual
    FROM marts.fct_user_interactions AS f;
    SELECT TOP (0)
        a.line_number,
        a.user_version_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, user_version_number)
    VALUES (1, 1), (3, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_podcast.[test a fact is looked up again when its user and episode come later]
AS
BEGIN
    INSERT INTO staging.cleansed_podcast_events (user_id, episode_id, load_id, line_number, event_type, event_at)
    VALUES
        ('u', 'e', 1, 1, 'play', CAST('2024-03-01' AS datetime2(6))),
        ('nobody', 'e', 1, 2, 'play', CAST('2024-03-01' AS datetime2(6)));
    EXEC marts.load_fct_user_interactions;
    INSERT INTO marts.dim_users (user_id, version_number, valid_from, valid_to)
    VALUES ('u', 1, CAST('1900-01-01' AS datetime2(6)), NULL);
    INSERT INTO marts.dim_episodes (episode_id, version_number, valid_from, valid_to)
    VALUES ('e', 1, CAST('1900-01-01' AS datetime2(6)), NULL);

    EXEC marts.load_fct_user_interactions;

    SELECT
        f.line_number,
        f.user_version_number,
        f.episode_version_number
    INTO #actual
    FROM marts.fct_user_interactions AS f;
    SELECT TOP (0)
        a.line_number,
        a.user_version_number,
        a.episode_version_number
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (line_number, user_version_number, episode_version_number)
    VALUES (1, 1, 1), (2, NULL, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_podcast.[test the window has its start and not its end]
AS
BEGIN
    INSERT INTO marts.fct_user_interactions (user_id, episode_id, event_type, event_date, event_at)
    VALUES
        ('early', 'e', 'play', CAST('2024-02-22' AS date), CAST('2024-02-22T23:59:59.999999' AS datetime2(6))),
        ('first', 'e', 'play', CAST('2024-02-23' AS date), CAST('2024-02-23' AS datetime2(6))),
        ('last', 'e', 'play', CAST('2024-02-29' AS date), CAST('2024-02-29T23:59:59.999999' AS datetime2(6))),
        ('late', 'e', 'play', CAST('2024-03-01' AS date), CAST('2024-03-01' AS datetime2(6))),
        ('last', 'e', 'complete', CAST('2024-02-29' AS date), CAST('2024-02-29T12:00:00' AS datetime2(6))),
        ('first', 'other', 'seek', CAST('2024-02-24' AS date), CAST('2024-02-24' AS datetime2(6)));

    SELECT
        t.episode_id,
        t.listener_count,
        t.completion_count,
        t.completion_rate
    INTO #actual
    FROM marts.podcast_top_episodes('2024-03-01') AS t;
    SELECT TOP (0)
        a.episode_id,
        a.listener_count,
        a.completion_count,
        a.completion_rate
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (episode_id, listener_count, completion_count, completion_rate)
    VALUES ('e', 2, 1, 0.5e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    SELECT
        r.first_date,
        r.day_number,
        r.user_count,
        r.retention_rate
    INTO #actual_retention
    FROM marts.podcast_retention('2024-03-01') AS r;
    SELECT TOP (0)
        a.first_date,
        a.day_number,
        a.user_count,
        a.retention_rate
    INTO #expected_retention
    FROM #actual_retention AS a;
    INSERT INTO #expected_retention (first_date, day_number, user_count, retention_rate)
    VALUES
        (CAST('2024-02-23' AS date), 0, 1, 1e0), (CAST('2024-02-23' AS date), 1, 1, 1e0),
        (CAST('2024-02-29' AS date), 0, 1, 1e0);
    EXEC tSQLt.AssertEqualsTable '#expected_retention', '#actual_retention';
END;
GO
CREATE PROCEDURE marts_podcast.[test listen time is by country at the time, drop-off by tenths of the episode]
AS
BEGIN
    INSERT INTO marts.dim_users (user_id, version_number, country)
    VALUES ('u', 1, 'DE'), ('u', 2, 'FR'), ('v', 1, 'DE');
    INSERT INTO marts.dim_episodes (episode_id, version_number, duration_seconds, is_current)
    VALUES ('e', 1, 100e0, 1);
    INSERT INTO marts.fct_user_interactions
    (
        user_id, user_version_number, episode_id, episode_version_number, event_type, duration_seconds,
        position_seconds, event_date, event_at
    )
    VALUES
        ('u', 1, 'e', 1, 'play', 60e0, NULL, CAST('2024-02-28' AS date), CAST('2024-02-28' AS datetime2(6))),
        ('u', 1, 'e', 1, 'pause', NULL, 20e0, CAST('2024-02-28' AS date), CAST('2024-02-28T01:00:00' AS datetime2(6))),
        ('u', 2, 'e', 1, 'play', 120e0, NULL, CAST('2024-02-29' AS date), CAST('2024-02-29' AS datetime2(6))),
        ('v', 1, 'e', 1, 'pause', NULL, 90e0, CAST('2024-02-29' AS date), CAST('2024-02-29' AS datetime2(6)));

    SELECT
        c.country,
        c.listener_count,
        c.mean_listen_minutes
    INTO #actual
    FROM marts.podcast_listen_time_by_country('2024-03-01') AS c;
    SELECT TOP (0)
        a.country,
        a.listener_count,
        a.mean_listen_minutes
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (country, listener_count, mean_listen_minutes)
    VALUES ('DE', 2, 1.25e0), ('FR', 1, 2e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    SELECT
        d.tenth,
        d.listener_count
    INTO #actual_drop
    FROM marts.podcast_drop_off('2024-03-01') AS d
    WHERE d.tenth IN (0, 2, 3, 9);
    SELECT TOP (0)
        a.tenth,
        a.listener_count
    INTO #expected_drop
    FROM #actual_drop AS a;
    INSERT INTO #expected_drop (tenth, listener_count)
    VALUES (0, 2), (2, 2), (3, 1), (9, 1);
    EXEC tSQLt.AssertEqualsTable '#expected_drop', '#actual_drop';
END;
GO
CREATE PROCEDURE marts_podcast.[test an episode has a version for each change, the later load's of one time]
AS
BEGIN
    INSERT INTO staging.stg_podcast_episodes (episode_id, load_id, podcast_id, title, duration_seconds, changed_at)
    VALUES
        ('e', 1, 's', 'One', 60e0, CAST('2024-02-28' AS datetime2(6))),
        ('e', 2, 's', 'One', 60e0, CAST('2024-02-29' AS datetime2(6))),
        ('e', 2, 's', 'Two', 60e0, CAST('2024-03-01' AS datetime2(6))),
        ('e', 3, 't', 'Two', 60e0, CAST('2024-03-01' AS datetime2(6))),
        ('e', 3, 't', 'Two', 61e0, CAST('2024-03-02' AS datetime2(6))),
        ('other', 1, 's', 'Three', NULL, CAST('2024-01-01' AS datetime2(6)));

    EXEC marts.load_dim_episodes;
    EXEC marts.load_dim_episodes;

    SELECT
        d.episode_id,
        d.version_number,
        d.podcast_id,
        d.title,
        d.duration_seconds,
        d.is_current,
        d.valid_from,
        d.valid_to
    INTO #actual
    FROM marts.dim_episodes AS d;
    SELECT TOP (0)
        a.episode_id,
        a.version_number,
        a.podcast_id,
        a.title,
        a.duration_seconds,
        a.is_current,
        a.valid_from,
        a.valid_to
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected
        (episode_id, version_number, podcast_id, title, duration_seconds, is_current, valid_from, valid_to)
    VALUES
    (
        'e', 1, 's', 'One', 60e0, 0, CAST('1900-01-01' AS datetime2(6)), CAST('2024-03-01' AS datetime2(6))
    ),
    (
        'e', 2, 't', 'Two', 60e0, 0, CAST('2024-03-01' AS datetime2(6)), CAST('2024-03-02' AS datetime2(6))
    ),
        ('e', 3, 't', 'Two', 61e0, 1, CAST('2024-03-02' AS datetime2(6)), NULL),
        ('other', 1, 's', 'Three', NULL, 1, CAST('1900-01-01' AS datetime2(6)), NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_podcast.[test the length of the window is a row of the catalog]
AS
BEGIN
    UPDATE catalog.source_settings SET setting_value = 2 WHERE setting_name = 'analysis_days';
    INSERT INTO marts.fct_user_interactions (user_id, episode_id, event_type, event_date, event_at)
    VALUES
        ('early', 'e', 'play', CAST('2024-02-27' AS date), CAST('2024-02-27T23:59:59.999999' AS datetime2(6))),
        ('first', 'e', 'play', CAST('2024-02-28' AS date), CAST('2024-02-28' AS datetime2(6))),
        ('late', 'e', 'play', CAST('2024-03-01' AS date), CAST('2024-03-01' AS datetime2(6)));

    SELECT
        w.user_id
    INTO #actual
    FROM marts.podcast_window('2024-03-01') AS w;
    SELECT TOP (0) a.user_id INTO #expected FROM #actual AS a;
    INSERT INTO #expected (user_id) VALUES ('first');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_podcast.[test episodes are ranked by completion and by listeners, ties share a place]
AS
BEGIN
    INSERT INTO marts.dim_episodes (episode_id, version_number, title, is_current)
    VALUES ('many', 1, 'Old', 0), ('many', 2, 'New', 1);
    INSERT INTO marts.fct_user_interactions (user_id, episode_id, event_type, event_date, event_at)
    SELECT
        v.user_id,
        v.episode_id,
        v.event_type,
        CAST('2024-02-29' AS date) AS event_date,
        CAST('2024-02-29' AS datetime2(6)) AS event_at
    FROM
    (
        VALUES
            ('a', 'many', 'play'), ('a', 'many', 'play'), ('b', 'many', 'resume'), ('c', 'many', 'play'),
            ('d', 'many', 'complete'), ('a', 'whole', 'play'), ('a', 'whole', 'complete'),
            ('b', 'also whole', 'complete'),
            ('c', 'whole', 'pause'), ('d', 'half', 'play'), ('e', 'half', 'complete'), ('f', 'skimmed', 'download')
    ) AS v (user_id, episode_id, event_type);

    SELECT
        t.episode_id,
        t.title,
        t.listener_count,
        t.completion_rate,
        t.completion_place,
        t.listener_place
    INTO #actual
    FROM marts.podcast_top_episodes('2024-03-01') AS t;
    SELECT TOP (0)
        a.episode_id,
        a.title,
        a.listener_count,
        a.completion_rate,
        a.completion_place,
        a.listener_place
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (episode_id, title, listener_count, completion_rate, completion_place, listener_place)
    VALUES
        ('many', 'New', 4, 0.25e0, 4, 1), ('whole', NULL, 1, 1e0, 1, 3), ('also whole', NULL, 1, 1e0, 1, 3),
        ('half', NULL, 2, 0.5e0, 3, 2);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_podcast.[test the beginning of a tenth is in it, who completed has reached all]
AS
BEGIN
    INSERT INTO marts.dim_episodes (episode_id, version_number, duration_seconds, is_current)
    VALUES ('e', 1, 300e0, 1), ('no length', 1, NULL, 1);
    INSERT INTO marts.fct_user_interactions
    (
        user_id, user_version_number, episode_id, episode_version_number, event_type, position_seconds,
        event_date, event_at
    )
    SELECT
        v.user_id,
        NULL AS user_version_number,
        v.episode_id,
        1 AS episode_version_number,
        v.event_type,
        v.position_seconds,
        CAST('2024-02-29' AS date) AS event_date,
        CAST('2024-02-29' AS datetime2(6)) AS event_at
    FROM
    (
        VALUES
            ('at 3', 'e', 'pause', 90e0), ('before 3', 'e', 'pause', 89.999e0), ('back', 'e', 'seek', 210e0),
            ('back', 'e', 'play', 0e0), ('whole', 'e', 'complete', NULL), ('none', 'e', 'play', NULL),
            ('none', 'no length', 'play', 5e0)
    ) AS v (user_id, episode_id, event_type, position_seconds);

    SELECT
        d.episode_id,
        d.tenth,
        d.listener_count,
        ROUND(d.listener_share, 9) AS listener_share
    INTO #actual
    FROM marts.podcast_drop_off('2024-03-01') AS d;
    SELECT TOP (0)
        a.episode_id,
        a.tenth,
        a.listener_count,
        a.listener_share
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (episode_id, tenth, listener_count, listener_share)
    VALUES
        ('e', 0, 5, 1e0), ('e', 1, 4, 0.8e0), ('e', 2, 4, 0.8e0), ('e', 3, 3, 0.6e0), ('e', 4, 2, 0.4e0),
        ('e', 5, 2, 0.4e0), ('e', 6, 2, 0.4e0), ('e', 7, 2, 0.4e0), ('e', 8, 1, 0.2e0), ('e', 9, 1, 0.2e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    SELECT
        c.country,
        c.listener_count,
        ROUND(c.listen_minutes * 60, 6) AS listen_seconds
    INTO #actual_countries
    FROM marts.podcast_listen_time_by_country('2024-03-01') AS c;
    SELECT TOP (0)
        a.country,
        a.listener_count,
        a.listen_seconds
    INTO #expected_countries
    FROM #actual_countries AS a;
    /* Without a known user the country is unknown; a seek is no listening. */
    INSERT INTO #expected_countries (country, listener_count, listen_seconds)
    VALUES ('unknown', 5, 184.999e0);
    EXEC tSQLt.AssertEqualsTable '#expected_countries', '#actual_countries';
END;
GO

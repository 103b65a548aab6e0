/*
marts.load_event_attributes: what metrics filter and count by, of every source. Attributes of the JSON of product
events are tested with the metric types.
*/
EXEC tSQLt.NewTestClass 'marts_load_event_attributes';
GO
CREATE PROCEDURE marts_load_event_attributes.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'catalog.metric_definitions';
    EXEC tSQLt.FakeTable 'catalog.metric_filters';
    EXEC tSQLt.FakeTable 'catalog.experiments';
    EXEC tSQLt.FakeTable 'catalog.experiment_metrics';
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'ops.mart_builds';
    EXEC tSQLt.FakeTable 'staging.stg_conversion_events';
    EXEC tSQLt.FakeTable 'staging.scrobble_plays';
    EXEC tSQLt.FakeTable 'staging.stg_scrobble_users';
    EXEC tSQLt.FakeTable 'staging.stg_commerce_events';
    EXEC tSQLt.FakeTable 'staging.cleansed_podcast_events';
    EXEC tSQLt.FakeTable 'marts.dim_sessions';
    EXEC tSQLt.FakeTable 'marts.dim_users';
    EXEC tSQLt.FakeTable 'marts.dim_episodes';
    EXEC tSQLt.FakeTable 'marts.event_attributes';
    EXEC tSQLt.FakeTable 'marts.event_attribute_loads';
    EXEC tSQLt.FakeTable 'marts.filter_events';
    EXEC tSQLt.FakeTable 'marts.filter_event_loads';
    EXEC tSQLt.FakeTable 'marts.refresh_units';
    EXEC tSQLt.FakeTable 'marts.experiment_arms';
    EXEC tSQLt.FakeTable 'marts.fct_experiment_cohort';
    EXEC tSQLt.FakeTable 'marts.experiment_measures';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_units';
    EXEC tSQLt.FakeTable 'marts.experiment_measure_values';
    EXEC tSQLt.FakeTable 'marts.experiment_metric_parts';
    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    VALUES
        ('exp_1', 1, 'a', 1),
        ('exp_1', 2, 'b', 1);
    INSERT INTO ops.load_log (load_id, source, status, staged_at)
    VALUES
        (1, 'scrobbles', 'finished', CAST('2024-03-01' AS datetime2(6))),
        (2, 'commerce_events', 'finished', CAST('2024-03-01' AS datetime2(6))),
        (3, 'podcast_events', 'finished', CAST('2024-03-01' AS datetime2(6))),
        (4, 'scrobbles', 'finished', NULL);
    INSERT INTO staging.scrobble_plays
        (user_id, load_id, line_number, artist_name, track_name, album_name, seconds_to_next, played_at)
    VALUES
        ('u', 1, 1, 'Sigur Rós', 't1', 'album', 20e0, CAST('2024-02-29T00:00:00' AS datetime2(6))),
        ('u', 1, 2, 'Sigur Rós', 't2', NULL, 60e0, CAST('2024-02-29T00:00:20' AS datetime2(6))),
        ('u', 1, 3, 'Björk', 't1', NULL, NULL, CAST('2024-02-29T00:01:20' AS datetime2(6))),
        ('v', 1, 4, 'Björk', 't1', NULL, NULL, CAST('2024-02-29T00:00:00' AS datetime2(6)));
    INSERT INTO staging.stg_scrobble_users (user_id, load_id, country, gender)
    VALUES ('u', 9, 'Iceland', 'f');
    INSERT INTO staging.stg_commerce_events
        (event_id, user_id, load_id, line_number, event_type, currency, attributes, amount, is_bot, event_at)
    VALUES
        ('c1', 'u', 2, 1, 'purchase', 'EUR', '{"campaign":"spring"}', 5, 0, CAST('2024-02-29' AS datetime2(6))),
        ('c2', 'u', 2, 2, 'purchase', 'USD', NULL, 7, 0, CAST('2024-02-29' AS datetime2(6))),
        ('c3', 'b', 2, 3, 'purchase', 'EUR', '{"campaign":"spring"}', 9, 1, CAST('2024-02-29' AS datetime2(6)));
    INSERT INTO staging.cleansed_podcast_events
        (user_id, episode_id, load_id, line_number, event_type, duration_seconds, event_at)
    VALUES
        ('u', 'e', 3, 1, 'play', 60e0, CAST('2024-02-29T23:59:59.999999' AS datetime2(6))),
        ('u', 'e', 3, 2, 'play', 60e0, CAST('2024-03-01' AS datetime2(6))),
        ('x', 'e', 3, 3, 'play', 60e0, CAST('2024-03-01' AS datetime2(6))),
        ('u', 'e', 3, 4, 'pause', NULL, CAST('2024-03-01' AS datetime2(6)));
    INSERT INTO marts.dim_users (user_id, version_number, country, plan_name, valid_from, valid_to)
    VALUES
    (
        'u', 1, 'DE', 'free', CAST('1900-01-01' AS datetime2(6)), CAST('2024-03-01' AS datetime2(6))
    ),
    (
        'u', 2, 'FR', 'free', CAST('2024-03-01' AS datetime2(6)), NULL
    );
    INSERT INTO marts.dim_episodes (episode_id, version_number, podcast_id, valid_from)
    VALUES ('e', 1, 'p', CAST('1900-01-01' AS datetime2(6)));
END;
GO
CREATE PROCEDURE marts_load_event_attributes.[test what no metric names is not extracted]
AS
BEGIN
    INSERT INTO catalog.metric_definitions (metric_id, metric_version, event_name)
    VALUES ('plays', 1, 'play');

    EXEC marts.load_event_attributes;

    EXEC tSQLt.AssertEmptyTable 'marts.event_attributes';
    EXEC tSQLt.AssertEmptyTable 'marts.event_attribute_loads';
END;
GO
CREATE PROCEDURE marts_load_event_attributes.[test columns and JSON of every source are attributes, each once, whatever thresholds and bots are]
AS
BEGIN
    INSERT INTO catalog.metric_definitions (metric_id, metric_version, event_name, distinct_attribute)
    VALUES
        ('artists', 1, 'play', 'artist'), ('skipped', 1, 'skip', 'album'), ('fans', 1, 'play', 'country'),
        ('euros', 1, 'purchase', 'currency'), ('spring', 1, 'purchase', 'campaign'),
        ('german', 1, 'podcast_play', 'country'), ('shows', 1, 'podcast_play', 'podcast_id'),
        ('sessions', 1, 'session', 'artist');

    EXEC marts.load_event_attributes;
    EXEC marts.load_event_attributes;

    SELECT
        v.event_name,
        v.attribute,
        v.load_id,
        v.line_number,
        v.attribute_value
    INTO #actual
    FROM marts.event_attributes AS v;
    SELECT TOP (0)
        a.event_name,
        a.attribute,
        a.load_id,
        a.line_number,
        a.attribute_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_name, attribute, load_id, line_number, attribute_value)
    VALUES
        ('play', 'artist', 1, 1, 'Sigur Rós'), ('play', 'artist', 1, 2, 'Sigur Rós'), ('play', 'artist', 1, 3, 'Björk'),
        ('play', 'artist', 1, 4, 'Björk'), ('skip', 'album', 1, 1, 'album'), ('skip', 'album', 1, 2, NULL),
        ('skip', 'album', 1, 3, NULL), ('skip', 'album', 1, 4, NULL), ('play', 'country', 1, 1, 'Iceland'),
        ('play', 'country', 1, 2, 'Iceland'), ('play', 'country', 1, 3, 'Iceland'), ('play', 'country', 1, 4, NULL),
        ('purchase', 'currency', 2, 1, 'EUR'), ('purchase', 'currency', 2, 2, 'USD'),
        ('purchase', 'currency', 2, 3, 'EUR'), ('purchase', 'campaign', 2, 1, 'spring'),
        ('purchase', 'campaign', 2, 2, NULL), ('purchase', 'campaign', 2, 3, 'spring'),
        ('podcast_play', 'country', 3, 1, 'DE'), ('podcast_play', 'country', 3, 2, 'FR'),
        ('podcast_play', 'country', 3, 3, NULL), ('podcast_play', 'podcast_id', 3, 1, 'p'),
        ('podcast_play', 'podcast_id', 3, 2, 'p'), ('podcast_play', 'podcast_id', 3, 3, 'p');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_event_attributes.[test what is looked up is read anew once the reference data have changed, the rest is not]
AS
BEGIN
    INSERT INTO catalog.metric_definitions (metric_id, metric_version, event_name, distinct_attribute)
    VALUES
        ('artists', 1, 'play', 'artist'), ('fans', 1, 'play', 'country'), ('german', 1, 'podcast_play', 'country');
    EXEC marts.load_event_attributes;
    UPDATE marts.event_attributes SET attribute_value = 'kept';
    EXEC marts.load_event_attributes;
    DECLARE @kept int = (SELECT COUNT(*) FROM marts.event_attributes AS v WHERE v.attribute_value = 'kept');
    EXEC tSQLt.AssertEquals 11, @kept;
    INSERT INTO staging.stg_scrobble_users (user_id, load_id, country)
    VALUES ('v', 10, 'Japan');

    EXEC marts.load_event_attributes;

    SELECT
        v.event_name,
        v.attribute,
        v.attribute_value,
        COUNT_BIG(*) AS row_count
    INTO #actual
    FROM marts.event_attributes AS v
    GROUP BY v.event_name, v.attribute, v.attribute_value;
    SELECT TOP (0)
        a.event_name,
        a.attribute,
        a.attribute_value,
        a.row_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_name, attribute, attribute_value, row_count)
    VALUES
        ('play', 'artist', 'kept', 4), ('play', 'country', 'Iceland', 3), ('play', 'country', 'Japan', 1),
        ('podcast_play', 'country', 'DE', 1), ('podcast_play', 'country', 'FR', 1),
        ('podcast_play', 'country', NULL, 1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_event_attributes.[test a load that has been staged anew is read anew, no other]
AS
BEGIN
    INSERT INTO catalog.metric_definitions (metric_id, metric_version, event_name, distinct_attribute)
    VALUES ('artists', 1, 'play', 'artist'), ('euros', 1, 'purchase', 'currency');
    EXEC marts.load_event_attributes;
    UPDATE marts.event_attributes SET attribute_value = 'kept';
    UPDATE ops.load_log SET staged_at = CAST('2024-03-01T00:00:00.000001' AS datetime2(6)) WHERE load_id = 2;
    INSERT INTO staging.stg_commerce_events (event_id, user_id, load_id, line_number, event_type, currency, is_bot)
    VALUES ('c4', 'u', 2, 4, 'purchase', 'GBP', 0);

    EXEC marts.load_event_attributes;

    SELECT
        v.event_name,
        v.line_number,
        v.attribute_value
    INTO #actual
    FROM marts.event_attributes AS v;
    SELECT TOP (0)
        a.event_name,
        a.line_number,
        a.attribute_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_name, line_number, attribute_value)
    VALUES
        ('play', 1, 'kept'), ('play', 2, 'kept'), ('play', 3, 'kept'), ('play', 4, 'kept'), ('purchase', 1, 'EUR'),
        ('purchase', 2, 'USD'), ('purchase', 3, 'EUR'), ('purchase', 4, 'GBP');
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_load_event_attributes.[test unique artists, skips of an artist, euros and plays in a country are metrics of the catalog]
AS
BEGIN
    INSERT INTO catalog.experiments (experiment_id, start_at, computed_modes)
    VALUES ('exp_1', CAST('2024-02-01' AS datetime2(6)), 'itt');
    INSERT INTO marts.fct_experiment_cohort
        (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed, itt_anchor_at)
    VALUES
        ('exp_1', 'u', 1, 'a', 1, 1, 1, 0, CAST('2024-02-28' AS datetime2(6))),
        ('exp_1', 'v', 2, 'b', 1, 2, 1, 0, CAST('2024-02-28' AS datetime2(6))),
        ('exp_1', 'b', 3, 'b', 1, 2, 1, 0, CAST('2024-02-28' AS datetime2(6)));
    INSERT INTO catalog.metric_definitions
    (
        metric_id, metric_version, metric_type, event_name, aggregation, window_start_hours, maturity,
        distinct_attribute
    )
    VALUES
        ('unique_artists', 1, 'mean', 'play', 'distinct_values', 0e0, 'all', 'artist'),
        ('rós_skips', 1, 'mean', 'skip', 'count', 0e0, 'all', NULL),
        ('euros', 1, 'mean', 'purchase', 'sum', 0e0, 'all', NULL),
        ('euros_back', 1, 'mean', 'refund', 'sum', 0e0, 'all', NULL),
        ('german_minutes', 1, 'mean', 'podcast_play', 'sum', 0e0, 'all', NULL),
        ('sessions', 1, 'mean', 'session', 'count', 0e0, 'all', NULL);
    INSERT INTO catalog.metric_filters
        (metric_id, metric_version, filter_number, value_number, attribute, operator, text_value)
    VALUES
        ('rós_skips', 1, 1, 1, 'artist', 'equals', 'Sigur Rós'), ('euros', 1, 1, 1, 'currency', 'equals', 'EUR'),
        ('euros_back', 1, 1, 1, 'currency', 'equals', 'EUR'),
        ('german_minutes', 1, 1, 1, 'country', 'equals', 'DE');
    INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version)
    VALUES
        ('exp_1', 'unique_artists', 1), ('exp_1', 'rós_skips', 1), ('exp_1', 'euros', 1),
        ('exp_1', 'german_minutes', 1), ('exp_1', 'sessions', 1), ('exp_1', 'euros_back', 1);
    INSERT INTO marts.dim_sessions (user_id, session_number, track_count, minutes, started_at)
    VALUES ('u', 1, 3, 1.5e0, CAST('2024-02-29' AS datetime2(6)));
    /* The same filters on two events are two questions. */
    INSERT INTO staging.stg_commerce_events
        (event_id, user_id, load_id, line_number, event_type, currency, amount, is_bot, event_at)
    VALUES ('c9', 'u', 2, 9, 'refund', 'EUR', 2, 0, CAST('2024-02-29' AS datetime2(6)));

    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_experiment_measures @experiment_id = 'exp_1';

    SELECT
        p.metric_id,
        c.unit_id,
        u.event_count,
        u.distinct_value_count,
        ROUND(u.sum_value, 9) AS sum_value
    INTO #actual
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_measure_units AS u
        ON u.experiment_id = p.experiment_id AND u.measure_number = p.measure_number
    INNER JOIN marts.fct_experiment_cohort AS c
        ON c.experiment_id = u.experiment_id AND c.unit_number = u.unit_number;
    SELECT TOP (0)
        a.metric_id,
        a.unit_id,
        a.event_count,
        a.distinct_value_count,
        a.sum_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (metric_id, unit_id, event_count, distinct_value_count, sum_value)
    VALUES
        ('unique_artists', 'u', 3, 2, ROUND(80e0 / 60e0, 9)), ('unique_artists', 'v', 1, 1, NULL),
        ('rós_skips', 'u', 1, NULL, 1e0), ('euros', 'u', 1, NULL, 5e0), ('euros_back', 'u', 1, NULL, 2e0), ('german_minutes', 'u', 1, NULL, 1e0),
        ('sessions', 'u', 1, NULL, 1.5e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

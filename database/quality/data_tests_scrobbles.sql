/*
One row a test of listening histories, with the number of rows that break it. severity 'error' means that
facts are wrong, 'warning' that somebody should look.
*/
CREATE OR ALTER VIEW quality.data_tests_scrobbles
AS
SELECT
    'scrobbles_user_not_empty' AS test_name,
    'error' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.scrobble_plays AS p
        WHERE p.user_id = ''
    ) AS offending_rows,
    'Every play has a user.' AS description
UNION ALL
SELECT
    'scrobbles_artist_not_empty' AS test_name,
    'error' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.scrobble_plays AS p
        WHERE p.artist_name = ''
    ) AS offending_rows,
    'Every play has an artist.' AS description
UNION ALL
SELECT
    'scrobbles_track_not_empty' AS test_name,
    'error' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.scrobble_plays AS p
        WHERE p.track_name = ''
    ) AS offending_rows,
    'Every play has a track.' AS description
UNION ALL
SELECT
    'scrobbles_play_unique' AS test_name,
    'error' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT p.user_id
            FROM staging.scrobble_plays AS p
            GROUP BY p.user_id, p.played_at, p.artist_name, p.track_name
            HAVING COUNT_BIG(*) > 1
        ) AS repeated
    ) AS offending_rows,
    'A user plays a track of an artist once at a time.' AS description
UNION ALL
SELECT
    'scrobbles_line_unique' AS test_name,
    'error' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT p.load_id
            FROM staging.scrobble_plays AS p
            GROUP BY p.load_id, p.line_number
            HAVING COUNT_BIG(*) > 1
        ) AS repeated
    ) AS offending_rows,
    'A line is one play.' AS description
UNION ALL
SELECT
    'scrobbles_time_to_next_not_negative' AS test_name,
    'error' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.scrobble_plays AS p
        WHERE p.seconds_to_next < 0
    ) AS offending_rows,
    'The next play does not begin before this one.' AS description
UNION ALL
SELECT
    'scrobbles_one_last_play' AS test_name,
    'error' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT p.user_id
            FROM staging.scrobble_plays AS p
            GROUP BY p.user_id
            HAVING COUNT_BIG(*) - COUNT_BIG(p.seconds_to_next) <> 1
        ) AS users
    ) AS offending_rows,
    'Each user has one last play, whose end is not known.' AS description
UNION ALL
SELECT
    'scrobbles_time_range' AS test_name,
    'warning' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.scrobble_plays AS p
        WHERE p.played_at < CAST('2002-01-01' AS datetime2(6))
    ) AS offending_rows,
    'No play is older than the service.' AS description
UNION ALL
SELECT
    'scrobbles_load_known' AS test_name,
    'error' AS severity,
    'staging.scrobble_plays' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.scrobble_plays AS p
        WHERE NOT EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = p.load_id AND l.source = 'scrobbles')
    ) AS offending_rows,
    'Every play comes from a load of the log.' AS description
UNION ALL
SELECT
    'scrobbles_balanced' AS test_name,
    'error' AS severity,
    'quality.reconciliation' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM quality.reconciliation AS b
        WHERE b.source IN ('scrobbles', 'scrobble_users') AND b.is_balanced = 0
    ) AS offending_rows,
    'Landed = staged + duplicates + quarantined for every load.' AS description
UNION ALL
SELECT
    'scrobbles_staged' AS test_name,
    'warning' AS severity,
    'ops.load_log' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM ops.load_log AS l
        WHERE l.source IN ('scrobbles', 'scrobble_users') AND l.status = 'finished' AND l.staged_at IS NULL
    ) AS offending_rows,
    'Every finished load is staged.' AS description
UNION ALL
SELECT
    'scrobbles_rules_described' AS test_name,
    'warning' AS severity,
    'staging.quarantine' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.quarantine AS q
        WHERE q.source IN ('scrobbles', 'scrobble_users')
            AND NOT EXISTS
            (
                SELECT 1 FROM catalog.source_rules AS r WHERE r.source = q.source AND r.rule_name = q.rule_name
            )
    ) AS offending_rows,
    'Every rule of the quarantine is described in the catalog.' AS description
UNION ALL
SELECT
    'scrobbles_quarantine_share' AS test_name,
    'warning' AS severity,
    'quality.reconciliation' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM quality.reconciliation AS b
        WHERE b.source IN ('scrobbles', 'scrobble_users')
            AND CAST(b.quarantined_count + b.rejected_count AS float) > 0.05 * CAST(b.line_count AS float)
    ) AS offending_rows,
    'No load has more than 5 % of its lines in quarantine or rejected.' AS description
UNION ALL
SELECT
    'scrobbles_settings_present' AS test_name,
    'error' AS severity,
    'catalog.source_settings' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            VALUES
                ('play_cap_seconds'),
                ('skip_seconds'),
                ('session_gap_seconds'),
                ('min_session_tracks'),
                ('min_user_sessions')
        ) AS w (setting_name)
        WHERE NOT EXISTS
        (
            SELECT 1
            FROM catalog.source_settings AS s
            WHERE s.source = 'scrobbles' AND s.setting_name = w.setting_name AND s.setting_value >= 0
        )
    ) AS offending_rows,
    'Every threshold is there and not below 0.' AS description
UNION ALL
SELECT
    'sessions_min_tracks' AS test_name,
    'error' AS severity,
    'marts.dim_sessions' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.dim_sessions AS s
        INNER JOIN catalog.source_settings AS t
            ON t.source = 'scrobbles' AND t.setting_name = 'min_session_tracks'
        WHERE CAST(s.track_count AS float) < t.setting_value
    ) AS offending_rows,
    'No session has fewer tracks than the threshold.' AS description
UNION ALL
SELECT
    'sessions_rates_in_range' AS test_name,
    'error' AS severity,
    'marts.dim_sessions' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.dim_sessions AS s
        WHERE s.skip_rate < 0 OR s.skip_rate > 1 OR s.minutes < 0 OR s.unique_artist_count > s.track_count
    ) AS offending_rows,
    'Skip rates are shares, minutes not below 0, artists not more than tracks.' AS description
UNION ALL
SELECT
    'sessions_in_order' AS test_name,
    'error' AS severity,
    'marts.dim_sessions' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.dim_sessions AS s
        WHERE s.last_played_at < s.started_at
    ) AS offending_rows,
    'No session ends before it begins.' AS description
UNION ALL
SELECT
    'sessions_do_not_overlap' AS test_name,
    'error' AS severity,
    'marts.dim_sessions' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT
                s.last_played_at,
                LEAD(s.started_at) OVER (PARTITION BY s.user_id ORDER BY s.session_number) AS next_started_at
            FROM marts.dim_sessions AS s
        ) AS o
        WHERE o.next_started_at <= o.last_played_at
    ) AS offending_rows,
    'The sessions of a user follow each other.' AS description
UNION ALL
SELECT
    'user_metrics_sessions_known' AS test_name,
    'error' AS severity,
    'marts.fct_user_metrics' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.fct_user_metrics AS m
        WHERE NOT EXISTS (SELECT 1 FROM marts.dim_sessions AS s WHERE s.user_id = m.user_id)
    ) AS offending_rows,
    'Every user with metrics has sessions.' AS description
UNION ALL
SELECT
    'user_metrics_tracks_add_up' AS test_name,
    'error' AS severity,
    'marts.fct_user_metrics' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.fct_user_metrics AS m
        INNER JOIN
        (
            SELECT s.user_id, SUM(s.track_count) AS track_count FROM marts.dim_sessions AS s GROUP BY s.user_id
        ) AS t
            ON t.user_id = m.user_id
        WHERE t.track_count <> m.track_count
    ) AS offending_rows,
    'Tracks of a user are those of the sessions.' AS description;
GO

/*
One row a test of podcast events and their references, with the number of rows that break it. severity 'error' means
that facts are wrong, 'warning' that somebody should look.
*/
CREATE OR ALTER VIEW quality.data_tests_podcast_events
AS
SELECT
    'podcast_event_unique' AS test_name,
    'error' AS severity,
    'staging.cleansed_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT s.user_id
            FROM staging.cleansed_podcast_events AS s
            GROUP BY s.user_id, s.episode_id, s.event_type, s.event_at
            HAVING COUNT_BIG(*) > 1
        ) AS repeated
    ) AS offending_rows,
    'A user does a thing with an episode once at a time.' AS description
UNION ALL
SELECT
    'podcast_user_not_empty' AS test_name,
    'error' AS severity,
    'staging.cleansed_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.cleansed_podcast_events AS s
        WHERE s.user_id = ''
    ) AS offending_rows,
    'Every event has a user.' AS description
UNION ALL
SELECT
    'podcast_episode_not_empty' AS test_name,
    'error' AS severity,
    'staging.cleansed_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.cleansed_podcast_events AS s
        WHERE s.episode_id = ''
    ) AS offending_rows,
    'Every event has an episode.' AS description
UNION ALL
SELECT
    'podcast_type_known' AS test_name,
    'error' AS severity,
    'staging.cleansed_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.cleansed_podcast_events AS s
        WHERE NOT EXISTS (SELECT 1 FROM catalog.podcast_event_types AS t WHERE t.event_type = s.event_type)
    ) AS offending_rows,
    'Every type is one of the catalog.' AS description
UNION ALL
SELECT
    'podcast_duration_in_range' AS test_name,
    'error' AS severity,
    'staging.cleansed_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.cleansed_podcast_events AS s
        WHERE s.duration_seconds < 0
    ) AS offending_rows,
    'Durations are not below 0.' AS description
UNION ALL
SELECT
    'podcast_position_in_range' AS test_name,
    'error' AS severity,
    'staging.cleansed_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.cleansed_podcast_events AS s
        WHERE s.position_seconds < 0
    ) AS offending_rows,
    'Positions are not below 0.' AS description
UNION ALL
SELECT
    'podcast_position_within_episode' AS test_name,
    'warning' AS severity,
    'marts.fct_user_interactions' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.fct_user_interactions AS f
        INNER JOIN marts.dim_episodes AS e
            ON e.episode_id = f.episode_id AND e.version_number = f.episode_version_number
        WHERE f.position_seconds > e.duration_seconds + 60
    ) AS offending_rows,
    'Positions are within the episode, give or take a minute.' AS description
UNION ALL
SELECT
    'podcast_validated_complete' AS test_name,
    'error' AS severity,
    'staging.validated_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM raw.podcast_events AS r
        INNER JOIN ops.load_log AS l
            ON l.load_id = r.load_id
        WHERE l.staged_at IS NOT NULL
            AND NOT EXISTS
            (
                SELECT 1
                FROM staging.validated_podcast_events AS v
                WHERE v.load_id = r.load_id AND v.line_number = r.line_number
            )
    ) AS offending_rows,
    'Every staged line is validated.' AS description
UNION ALL
SELECT
    'podcast_violations_quarantined' AS test_name,
    'error' AS severity,
    'staging.validated_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.validated_podcast_events AS v
        WHERE v.violations IS NOT NULL
            AND NOT EXISTS
            (
                SELECT 1
                FROM staging.quarantine AS q
                WHERE q.load_id = v.load_id AND q.line_number = v.line_number
            )
    ) AS offending_rows,
    'Every event that breaks a rule is in quarantine.' AS description
UNION ALL
SELECT
    'podcast_cleansed_is_valid' AS test_name,
    'error' AS severity,
    'staging.cleansed_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.cleansed_podcast_events AS s
        INNER JOIN staging.validated_podcast_events AS v
            ON v.load_id = s.load_id AND v.line_number = s.line_number
        WHERE v.violations IS NOT NULL
    ) AS offending_rows,
    'No cleansed event breaks a rule.' AS description
UNION ALL
SELECT
    'podcast_load_known' AS test_name,
    'error' AS severity,
    'staging.cleansed_podcast_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.cleansed_podcast_events AS s
        WHERE NOT EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = s.load_id AND l.source = 'podcast_events')
    ) AS offending_rows,
    'Every event comes from a load of the log.' AS description
UNION ALL
SELECT
    'podcast_balanced' AS test_name,
    'error' AS severity,
    'quality.reconciliation' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM quality.reconciliation AS b
        WHERE b.source IN ('podcast_events', 'podcast_users', 'podcast_episodes') AND b.is_balanced = 0
    ) AS offending_rows,
    'Landed = staged + duplicates + quarantined for every load.' AS description
UNION ALL
SELECT
    'podcast_staged' AS test_name,
    'warning' AS severity,
    'ops.load_log' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM ops.load_log AS l
        WHERE l.source IN ('podcast_events', 'podcast_users', 'podcast_episodes')
            AND l.status = 'finished' AND l.staged_at IS NULL
    ) AS offending_rows,
    'Every finished load is staged.' AS description
UNION ALL
SELECT
    'podcast_rules_described' AS test_name,
    'warning' AS severity,
    'staging.quarantine' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.quarantine AS q
        WHERE q.source IN ('podcast_events', 'podcast_users', 'podcast_episodes')
            AND NOT EXISTS
            (
                SELECT 1 FROM catalog.source_rules AS r WHERE r.source = q.source AND r.rule_name = q.rule_name
            )
    ) AS offending_rows,
    'Every rule of the quarantine is described in the catalog.' AS description
UNION ALL
SELECT
    'podcast_quarantine_share' AS test_name,
    'warning' AS severity,
    'quality.reconciliation' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM quality.reconciliation AS b
        WHERE b.source IN ('podcast_events', 'podcast_users', 'podcast_episodes')
            AND CAST(b.quarantined_count + b.rejected_count AS float) > 0.05 * CAST(b.line_count AS float)
    ) AS offending_rows,
    'No load has more than 5 % of its lines in quarantine or rejected.' AS description
UNION ALL
SELECT
    'podcast_settings_present' AS test_name,
    'error' AS severity,
    'catalog.source_settings' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            VALUES
                ('max_seconds'),
                ('analysis_days')
        ) AS w (setting_name)
        WHERE NOT EXISTS
        (
            SELECT 1
            FROM catalog.source_settings AS s
            WHERE s.source = 'podcast_events' AND s.setting_name = w.setting_name AND s.setting_value >= 0
        )
    ) AS offending_rows,
    'Every threshold is there and not below 0.' AS description
UNION ALL
SELECT
    'podcast_one_current_user' AS test_name,
    'error' AS severity,
    'marts.dim_users' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT u.user_id
            FROM marts.dim_users AS u
            GROUP BY u.user_id
            HAVING SUM(CAST(u.is_current AS bigint)) <> 1
        ) AS c
    ) AS offending_rows,
    'Each user has one current version.' AS description
UNION ALL
SELECT
    'podcast_one_current_episode' AS test_name,
    'error' AS severity,
    'marts.dim_episodes' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT e.episode_id
            FROM marts.dim_episodes AS e
            GROUP BY e.episode_id
            HAVING SUM(CAST(e.is_current AS bigint)) <> 1
        ) AS c
    ) AS offending_rows,
    'Each episode has one current version.' AS description
UNION ALL
SELECT
    'podcast_user_versions_follow' AS test_name,
    'error' AS severity,
    'marts.dim_users' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT
                u.valid_to,
                LEAD(u.valid_from) OVER (PARTITION BY u.user_id ORDER BY u.version_number) AS next_from
            FROM marts.dim_users AS u
        ) AS v
        WHERE v.valid_to <> v.next_from
            OR (v.valid_to IS NULL AND v.next_from IS NOT NULL)
            OR (v.valid_to IS NOT NULL AND v.next_from IS NULL)
    ) AS offending_rows,
    'The versions of a user have neither gaps nor overlaps.' AS description
UNION ALL
SELECT
    'podcast_facts_have_users' AS test_name,
    'warning' AS severity,
    'marts.fct_user_interactions' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.fct_user_interactions AS f
        WHERE f.user_version_number IS NULL
    ) AS offending_rows,
    'Every fact has a version of its user.' AS description
UNION ALL
SELECT
    'podcast_facts_complete' AS test_name,
    'error' AS severity,
    'marts.fct_user_interactions' AS object_name,
    (
        SELECT CAST(CASE WHEN l.row_count = r.row_count THEN 0 ELSE 1 END AS bigint)
        FROM (SELECT COUNT_BIG(*) AS row_count FROM staging.cleansed_podcast_events AS s) AS l
        CROSS JOIN (SELECT COUNT_BIG(*) AS row_count FROM marts.fct_user_interactions AS f) AS r
    ) AS offending_rows,
    'As many facts as cleansed events.' AS description;
GO

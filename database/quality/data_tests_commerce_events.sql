/*
One row a test of commerce events, with the number of rows that break it. severity 'error' means that
facts are wrong, 'warning' that somebody should look.
*/
CREATE OR ALTER VIEW quality.data_tests_commerce_events
AS
SELECT
    'commerce_event_unique' AS test_name,
    'error' AS severity,
    'staging.stg_commerce_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT s.event_id
            FROM staging.stg_commerce_events AS s
            GROUP BY s.event_id
            HAVING COUNT_BIG(*) > 1
        ) AS repeated
    ) AS offending_rows,
    'An event id is one row.' AS description
UNION ALL
SELECT
    'commerce_user_not_empty' AS test_name,
    'error' AS severity,
    'staging.stg_commerce_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.stg_commerce_events AS s
        WHERE s.user_id = ''
    ) AS offending_rows,
    'Every event has a user.' AS description
UNION ALL
SELECT
    'commerce_type_known' AS test_name,
    'error' AS severity,
    'staging.stg_commerce_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.stg_commerce_events AS s
        WHERE NOT EXISTS (SELECT 1 FROM catalog.commerce_event_types AS t WHERE t.event_type = s.event_type)
    ) AS offending_rows,
    'Every type is one of the catalog.' AS description
UNION ALL
SELECT
    'commerce_amount_where_needed' AS test_name,
    'error' AS severity,
    'staging.stg_commerce_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.stg_commerce_events AS s
        INNER JOIN catalog.commerce_event_types AS t
            ON t.event_type = s.event_type
        WHERE t.needs_amount = 1 AND (s.amount IS NULL OR s.currency IS NULL)
    ) AS offending_rows,
    'Types that need an amount have one, with its currency.' AS description
UNION ALL
SELECT
    'commerce_amount_not_negative' AS test_name,
    'error' AS severity,
    'staging.stg_commerce_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.stg_commerce_events AS s
        INNER JOIN catalog.commerce_event_types AS t
            ON t.event_type = s.event_type
        WHERE t.revenue_sign <> -1 AND s.amount < 0
    ) AS offending_rows,
    'Only refunds are below 0.' AS description
UNION ALL
SELECT
    'commerce_currency_has_rate' AS test_name,
    'warning' AS severity,
    'catalog.currency_rates' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM (SELECT DISTINCT r.currency FROM marts.fct_daily_revenue AS r) AS u
        WHERE NOT EXISTS (SELECT 1 FROM catalog.currency_rates AS c WHERE c.currency = u.currency)
    ) AS offending_rows,
    'Every currency with revenue has a rate.' AS description
UNION ALL
SELECT
    'commerce_rates_positive' AS test_name,
    'error' AS severity,
    'catalog.currency_rates' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM catalog.currency_rates AS c
        WHERE c.rate <= 0
    ) AS offending_rows,
    'Rates are above 0.' AS description
UNION ALL
SELECT
    'commerce_time_range' AS test_name,
    'warning' AS severity,
    'staging.stg_commerce_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.stg_commerce_events AS s
        WHERE s.event_at < CAST('2000-01-01' AS datetime2(6)) OR s.event_at >= CAST('2100-01-01' AS datetime2(6))
    ) AS offending_rows,
    'Times are of this century.' AS description
UNION ALL
SELECT
    'commerce_load_known' AS test_name,
    'error' AS severity,
    'staging.stg_commerce_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.stg_commerce_events AS s
        WHERE NOT EXISTS
        (
            SELECT 1 FROM ops.load_log AS l WHERE l.load_id = s.load_id AND l.source = 'commerce_events'
        )
    ) AS offending_rows,
    'Every event comes from a load of the log.' AS description
UNION ALL
SELECT
    'commerce_balanced' AS test_name,
    'error' AS severity,
    'quality.reconciliation' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM quality.reconciliation AS b
        WHERE b.source IN ('commerce_events') AND b.is_balanced = 0
    ) AS offending_rows,
    'Landed = staged + duplicates + quarantined for every load.' AS description
UNION ALL
SELECT
    'commerce_staged' AS test_name,
    'warning' AS severity,
    'ops.load_log' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM ops.load_log AS l
        WHERE l.source IN ('commerce_events') AND l.status = 'finished' AND l.staged_at IS NULL
    ) AS offending_rows,
    'Every finished load is staged.' AS description
UNION ALL
SELECT
    'commerce_rules_described' AS test_name,
    'warning' AS severity,
    'staging.quarantine' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM staging.quarantine AS q
        WHERE q.source IN ('commerce_events')
            AND NOT EXISTS
            (
                SELECT 1 FROM catalog.source_rules AS r WHERE r.source = q.source AND r.rule_name = q.rule_name
            )
    ) AS offending_rows,
    'Every rule of the quarantine is described in the catalog.' AS description
UNION ALL
SELECT
    'commerce_quarantine_share' AS test_name,
    'warning' AS severity,
    'quality.reconciliation' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM quality.reconciliation AS b
        WHERE b.source IN ('commerce_events')
            AND CAST(b.quarantined_count + b.rejected_count AS float) > 0.05 * CAST(b.line_count AS float)
    ) AS offending_rows,
    'No load has more than 5 % of its lines in quarantine or rejected.' AS description
UNION ALL
SELECT
    'commerce_settings_present' AS test_name,
    'error' AS severity,
    'catalog.source_settings' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            VALUES
                ('bot_events_per_second')
        ) AS w (setting_name)
        WHERE NOT EXISTS
        (
            SELECT 1
            FROM catalog.source_settings AS s
            WHERE s.source = 'commerce_events' AND s.setting_name = w.setting_name AND s.setting_value >= 0
        )
    ) AS offending_rows,
    'The threshold of bots is there.' AS description
UNION ALL
SELECT
    'commerce_bots_flagged_whole' AS test_name,
    'error' AS severity,
    'staging.stg_commerce_events' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT s.user_id
            FROM staging.stg_commerce_events AS s
            GROUP BY s.user_id
            HAVING MIN(CAST(s.is_bot AS int)) <> MAX(CAST(s.is_bot AS int))
        ) AS u
    ) AS offending_rows,
    'A user is a bot in all events or in none.' AS description
UNION ALL
SELECT
    'daily_revenue_adds_up' AS test_name,
    'error' AS severity,
    'marts.fct_daily_revenue' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.fct_daily_revenue AS r
        WHERE r.net <> r.gross + r.refunds OR r.gross < 0 OR r.refunds > 0
    ) AS offending_rows,
    'Net is gross and refunds; refunds are 0 or less.' AS description
UNION ALL
SELECT
    'daily_revenue_complete' AS test_name,
    'error' AS severity,
    'marts.fct_daily_revenue' AS object_name,
    (
        SELECT CAST(CASE WHEN COALESCE(l.amount, 0) = COALESCE(r.amount, 0) THEN 0 ELSE 1 END AS bigint)
        FROM
        (
            SELECT SUM(s.amount) AS amount
            FROM staging.stg_commerce_events AS s
            INNER JOIN catalog.commerce_event_types AS t
                ON t.event_type = s.event_type
            WHERE t.revenue_sign = 1 AND s.is_bot = 0
                AND NOT EXISTS (SELECT 1 FROM staging.commerce_changed_days AS d)
        ) AS l
        CROSS JOIN
        (
            SELECT SUM(f.gross) AS amount
            FROM marts.fct_daily_revenue AS f
            WHERE NOT EXISTS (SELECT 1 FROM staging.commerce_changed_days AS d)
        ) AS r
    ) AS offending_rows,
    'Gross revenue is that of the staged events, where nothing waits to be built.' AS description
UNION ALL
SELECT
    'active_users_in_range' AS test_name,
    'error' AS severity,
    'marts.fct_daily_active_users' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.fct_daily_active_users AS a
        WHERE a.purchaser_count > a.active_user_count OR a.active_user_count > a.event_count
    ) AS offending_rows,
    'Purchasers are users, and every user has an event.' AS description
UNION ALL
SELECT
    'recurring_revenue_adds_up' AS test_name,
    'error' AS severity,
    'marts.fct_monthly_recurring_revenue' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM marts.fct_monthly_recurring_revenue AS m
        WHERE m.closing <> m.opening + m.new_amount + m.expansion + m.contraction + m.churn
    ) AS offending_rows,
    'Closing is opening and all changes.' AS description
UNION ALL
SELECT
    'recurring_revenue_is_carried' AS test_name,
    'error' AS severity,
    'marts.fct_monthly_recurring_revenue' AS object_name,
    (
        SELECT COUNT_BIG(*)
        FROM
        (
            SELECT
                m.opening,
                LAG(m.closing) OVER (PARTITION BY m.currency ORDER BY m.month_date) AS earlier_closing
            FROM marts.fct_monthly_recurring_revenue AS m
        ) AS c
        WHERE c.opening <> COALESCE(c.earlier_closing, 0)
    ) AS offending_rows,
    'A month opens with what the one before closed with.' AS description;
GO

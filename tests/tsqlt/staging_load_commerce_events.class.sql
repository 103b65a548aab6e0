/* staging.load_commerce_events, staging.parse_amount and staging.flag_commerce_bots: messy values, versions, bots. */
EXEC tSQLt.NewTestClass 'staging_load_commerce_events';
GO
CREATE PROCEDURE staging_load_commerce_events.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'ops.load_log';
    EXEC tSQLt.FakeTable 'ops.mart_builds';
    EXEC tSQLt.FakeTable 'raw.commerce_events';
    EXEC tSQLt.FakeTable 'staging.stg_commerce_events';
    EXEC tSQLt.FakeTable 'staging.commerce_changed_days';
    EXEC tSQLt.FakeTable 'staging.quarantine';
    EXEC tSQLt.FakeTable 'staging.duplicates';
    EXEC tSQLt.FakeTable 'catalog.source_timestamp_formats';
    EXEC tSQLt.FakeTable 'catalog.source_settings';
    EXEC tSQLt.FakeTable 'catalog.commerce_event_types';
    INSERT INTO ops.load_log (load_id, source, status)
    VALUES (1, 'commerce_events', 'finished'), (2, 'commerce_events', 'finished');
    INSERT INTO catalog.source_timestamp_formats (source, timestamp_format)
    VALUES
        ('commerce_events', 'iso'), ('commerce_events', 'dd/MM/yyyy'), ('commerce_events', 'MM-dd-yyyy'),
        ('commerce_events', 'epoch_seconds'), ('commerce_events', 'epoch_milliseconds');
    INSERT INTO catalog.source_settings (source, setting_name, setting_value)
    VALUES ('commerce_events', 'bot_events_per_second', 20e0);
    INSERT INTO catalog.commerce_event_types (event_type, revenue_sign, needs_amount)
    VALUES ('purchase', 1, 1), ('refund', -1, 1), ('view', 0, 0);
END;
GO
CREATE PROCEDURE staging_load_commerce_events.[test amounts are parsed, and what is none is NULL]
AS
BEGIN
    SELECT
        t.amount_text,
        a.parsed_amount
    INTO #actual
    FROM
    (
        VALUES
            ('5'), ('-5'), ('+5.25'), ('1,299.00'), ('1,234,567.8912'), ('€5'), ('$ 5'), ('-£5'), ('€-5'), ('.5'),
            ('5.'), ('1.5e3'), ('2E-2'), ('007'), ('1.00005'), ('ten'), ('-'), ('+'), ('.'), ('e'), ('1e'), ('€'),
            ('1,29.00'), ('1299,00'), (',123'), ('12,3456'), ('1.299,00'), ('1 299'), ('5 EUR'), ('1d2'), ('1e999'),
            ('1.2.3'), ('--5'), ('0x10'), ('9999999999999999999999'), ('NaN')
    ) AS t (amount_text)
    CROSS APPLY staging.parse_amount(t.amount_text) AS a;
    SELECT TOP (0)
        a.amount_text,
        a.parsed_amount
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (amount_text, parsed_amount)
    VALUES
        ('5', 5), ('-5', -5), ('+5.25', 5.25), ('1,299.00', 1299), ('1,234,567.8912', 1234567.8912), ('€5', 5),
        ('$ 5', 5), ('-£5', -5), ('€-5', -5), ('.5', 0.5), ('5.', 5), ('1.5e3', 1500), ('2E-2', 0.02), ('007', 7),
        ('1.00005', 1.0001), ('ten', NULL), ('-', NULL), ('+', NULL), ('.', NULL), ('e', NULL), ('1e', NULL),
        ('€', NULL), ('1,29.00', NULL), ('1299,00', NULL), (',123', NULL), ('12,3456', NULL), ('1.299,00', NULL),
        ('1 299', NULL), ('5 EUR', NULL), ('1d2', NULL), ('1e999', NULL), ('1.2.3', NULL), ('--5', NULL),
        ('0x10', NULL), ('9999999999999999999999', NULL), ('NaN', NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_load_commerce_events.[test a load without rows stages nothing]
AS
BEGIN
    EXEC staging.load_commerce_events @load_id = 1;

    EXEC tSQLt.AssertEmptyTable 'staging.stg_commerce_events';
    EXEC tSQLt.AssertEmptyTable 'staging.commerce_changed_days';
END;
GO
CREATE PROCEDURE staging_load_commerce_events.[test every declared format becomes UTC]
AS
BEGIN
    INSERT INTO raw.commerce_events (load_id, line_number, event_id, user_id, event_type, event_at)
    VALUES
        (1, 1, 'iso', 'u', 'view', '2024-02-29T23:59:59'),
        (1, 2, 'zone', 'u', 'view', '2024-03-31T02:30:00+01:00'),
        (1, 3, 'after the change', 'u', 'view', '2024-03-31T03:30:00+02:00'),
        (1, 4, 'dmy', 'u', 'view', '29/02/2024'),
        (1, 5, 'dmy hm', 'u', 'view', '31/12/2023 23:59'),
        (1, 6, 'mdy', 'u', 'view', '02-29-2024'),
        (1, 7, 'mdy hms', 'u', 'view', '12-31-2023 23:59:58'),
        (1, 8, 's', 'u', 'view', '1709164800'),
        (1, 9, 'ms', 'u', 'view', '1709164800500'),
        (1, 10, 'bad day', 'u', 'view', '30/02/2024'),
        (1, 11, 'bad month', 'u', 'view', '13-01-2024'),
        (1, 12, 'short', 'u', 'view', '1/2/2024');

    EXEC staging.load_commerce_events @load_id = 1;

    SELECT
        s.event_id,
        s.event_at
    INTO #actual
    FROM staging.stg_commerce_events AS s;
    SELECT TOP (0)
        a.event_id,
        a.event_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_id, event_at)
    VALUES
        ('iso', CAST('2024-02-29T23:59:59' AS datetime2(6))), ('zone', CAST('2024-03-31T01:30:00' AS datetime2(6))),
        ('after the change', CAST('2024-03-31T01:30:00' AS datetime2(6))),
        ('dmy', CAST('2024-02-29' AS datetime2(6))), ('dmy hm', CAST('2023-12-31T23:59:00' AS datetime2(6))),
        ('mdy', CAST('2024-02-29' AS datetime2(6))), ('mdy hms', CAST('2023-12-31T23:59:58' AS datetime2(6))),
        ('s', CAST('2024-02-29' AS datetime2(6))), ('ms', CAST('2024-02-29T00:00:00.5' AS datetime2(6)));
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @quarantined int = (SELECT COUNT(*) FROM staging.quarantine AS q WHERE q.rule_name = 'bad_timestamp');
    EXEC tSQLt.AssertEquals 3, @quarantined;
END;
GO
CREATE PROCEDURE staging_load_commerce_events.[test only the formats that the source declares are times]
AS
BEGIN
    INSERT INTO raw.commerce_events (load_id, line_number, event_id, user_id, event_type, event_at)
    SELECT
        f.load_id,
        t.line_number,
        CONCAT(t.timestamp_format, ' ', f.load_id) AS event_id,
        'u' AS user_id,
        'view' AS event_type,
        t.time_text
    FROM (VALUES (1), (2)) AS f (load_id)
    CROSS JOIN
    (
        VALUES
            (1, 'iso', '2024-02-29T00:00:00'), (2, 'dd/MM/yyyy', '29/02/2024'), (3, 'MM-dd-yyyy', '02-29-2024'),
            (4, 'epoch_seconds', '1709164800'), (5, 'epoch_milliseconds', '1709164800000')
    ) AS t (line_number, timestamp_format, time_text);
    DELETE FROM catalog.source_timestamp_formats WHERE timestamp_format IN ('dd/MM/yyyy', 'epoch_seconds');
    EXEC staging.load_commerce_events @load_id = 1;
    DELETE FROM catalog.source_timestamp_formats;
    INSERT INTO catalog.source_timestamp_formats (source, timestamp_format)
    VALUES ('commerce_events', 'dd/MM/yyyy'), ('commerce_events', 'epoch_seconds');
    EXEC staging.load_commerce_events @load_id = 2;

    SELECT
        s.event_id,
        s.event_at
    INTO #actual
    FROM staging.stg_commerce_events AS s;
    SELECT TOP (0)
        a.event_id,
        a.event_at
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_id, event_at)
    SELECT
        e.event_id,
        CAST('2024-02-29' AS datetime2(6)) AS event_at
    FROM
    (
        VALUES ('iso 1'), ('MM-dd-yyyy 1'), ('epoch_milliseconds 1'), ('dd/MM/yyyy 2'), ('epoch_seconds 2')
    ) AS e (event_id);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @quarantined int = (SELECT COUNT(*) FROM staging.quarantine AS q WHERE q.rule_name = 'bad_timestamp');
    EXEC tSQLt.AssertEquals 5, @quarantined;
END;
GO
CREATE PROCEDURE staging_load_commerce_events.[test what breaks a rule is in quarantine with the first rule it breaks]
AS
BEGIN
    INSERT INTO raw.commerce_events
        (load_id, line_number, event_id, user_id, event_type, event_at, amount, currency, reject_rule)
    VALUES
        (1, 1, ' ', 'u', 'view', '2024-01-01', NULL, NULL, NULL),
        (1, 2, 'e2', NULL, 'view', '2024-01-01', NULL, NULL, NULL),
        (1, 3, 'e3', 'u', '', '2024-01-01', NULL, NULL, NULL),
        (1, 4, 'e4', 'u', 'teleport', '2024-01-01', NULL, NULL, NULL),
        (1, 5, 'e5', 'u', 'view', 'soon', NULL, NULL, NULL),
        (1, 6, 'e6', 'u', 'view', '2024-01-01', 'ten', NULL, NULL),
        (1, 7, 'e7', 'u', 'purchase', '2024-01-01', ' ', 'EUR', NULL),
        (1, 8, 'e8', 'u', 'purchase', '2024-01-01', '-1', 'EUR', NULL),
        (1, 9, 'e9', 'u', 'purchase', '2024-01-01', '1', 'E1R', NULL),
        (1, 10, 'e10', 'u', 'purchase', '2024-01-01', '1', NULL, NULL),
        (1, 11, 'e11', 'u', 'view', '2024-01-01', NULL, NULL, 'a=b'),
        (1, 12, 'e12', REPLICATE('u', 129), 'view', '2024-01-01', NULL, NULL, NULL),
        (1, 13, 'e13', 'u', 'refund', '2024-01-01', '-1', ' eur ', NULL),
        (1, 14, REPLICATE('e', 128), REPLICATE('u', 128), 'view', '2024-01-01', NULL, NULL, NULL),
        (1, 15, REPLICATE('e', 129), 'u', 'view', '2024-01-01', NULL, NULL, NULL),
        (1, 16, 'e16', 'u', 'purchase', '2024-01-01', '0', 'EUR', NULL);

    EXEC staging.load_commerce_events @load_id = 1;

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
        (1, 'missing_event_id', 'event_id', NULL), (2, 'missing_user_id', 'user_id', NULL),
        (3, 'missing_event_type', 'event_type', NULL), (4, 'unknown_event_type', 'event_type', 'teleport'),
        (5, 'bad_timestamp', 'event_at', 'soon'), (6, 'bad_amount', 'amount', 'ten'),
        (7, 'missing_amount', 'amount', NULL), (8, 'negative_amount', 'amount', '-1'),
        (9, 'bad_currency', 'currency', 'E1R'), (10, 'missing_currency', 'currency', NULL),
        (11, 'rejected_by_rule', NULL, 'a=b'), (12, 'too_long', NULL, NULL), (15, 'too_long', NULL, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    SELECT
        s.line_number,
        s.currency
    INTO #actual_staged
    FROM staging.stg_commerce_events AS s;
    SELECT TOP (0)
        a.line_number,
        a.currency
    INTO #expected_staged
    FROM #actual_staged AS a;
    INSERT INTO #expected_staged (line_number, currency)
    VALUES (13, 'EUR'), (14, NULL), (16, 'EUR');
    EXEC tSQLt.AssertEqualsTable '#expected_staged', '#actual_staged';
END;
GO
CREATE PROCEDURE staging_load_commerce_events.[test the latest version wins, by event time, then load, then line]
AS
BEGIN
    INSERT INTO raw.commerce_events
        (load_id, line_number, event_id, user_id, event_type, event_at, amount, currency)
    VALUES
        (1, 1, 'later', 'u', 'purchase', '2024-01-02', '1', 'EUR'),
        (1, 2, 'tie', 'u', 'purchase', '2024-01-02', '1', 'EUR'),
        (1, 3, 'tie', 'u', 'purchase', '2024-01-02', '2', 'EUR'),
        (2, 1, 'later', 'u', 'purchase', '2024-01-01', '3', 'EUR'),
        (2, 2, 'tie', 'u', 'purchase', '2024-01-02', '4', 'EUR');

    EXEC staging.load_commerce_events @load_id = 1;
    EXEC staging.load_commerce_events @load_id = 2;
    EXEC staging.load_commerce_events @load_id = 2;

    SELECT
        s.event_id,
        s.amount
    INTO #actual
    FROM staging.stg_commerce_events AS s;
    SELECT TOP (0)
        a.event_id,
        a.amount
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (event_id, amount)
    VALUES ('later', 1), ('tie', 4);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @duplicate_count int = (SELECT COUNT(*) FROM staging.duplicates AS d);
    EXEC tSQLt.AssertEquals 3, @duplicate_count;
    DECLARE @day_count int = (SELECT COUNT(*) FROM staging.commerce_changed_days AS d);
    EXEC tSQLt.AssertEquals 2, @day_count;
END;
GO
CREATE PROCEDURE staging_load_commerce_events.[test 20 events in a calendar second are a user's, 21 are a bot's]
AS
BEGIN
    UPDATE ops.load_log SET staged_at = CAST('2024-01-01' AS datetime2(6)) WHERE load_id = 1;
    INSERT INTO staging.stg_commerce_events (event_id, user_id, is_bot, event_at)
    SELECT
        CONCAT(u.user_id, n.n, 'x', m.m),
        u.user_id,
        0,
        DATEADD(millisecond, 999 * n.n / 4, u.second_at)
    FROM (VALUES (0), (1), (2), (3), (4)) AS n (n)
    CROSS JOIN (VALUES (1), (2), (3), (4)) AS m (m)
    CROSS JOIN
    (
        VALUES
            ('human', CAST('2024-01-01T00:00:00' AS datetime2(6))), ('bot', CAST('2024-01-01T00:00:00' AS datetime2(6))),
            ('next second', CAST('2024-01-01T23:59:59' AS datetime2(6)))
    ) AS u (user_id, second_at);
    INSERT INTO staging.stg_commerce_events (event_id, user_id, is_bot, event_at)
    VALUES
        ('21st', 'bot', 0, CAST('2024-01-01T00:00:00.999999' AS datetime2(6))),
        ('elsewhere', 'bot', 0, CAST('2024-01-03' AS datetime2(6))),
        ('midnight', 'next second', 0, CAST('2024-01-02T00:00:00' AS datetime2(6)));

    EXEC staging.flag_commerce_bots;
    EXEC staging.flag_commerce_bots;

    SELECT
        s.user_id,
        s.is_bot,
        COUNT_BIG(*) AS event_count
    INTO #actual
    FROM staging.stg_commerce_events AS s
    GROUP BY s.user_id, s.is_bot;
    SELECT TOP (0)
        a.user_id,
        a.is_bot,
        a.event_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (user_id, is_bot, event_count)
    VALUES ('human', 0, 20), ('bot', 1, 22), ('next second', 0, 21);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    DECLARE @day_count int = (SELECT COUNT(*) FROM staging.commerce_changed_days AS d);
    EXEC tSQLt.AssertEquals 2, @day_count;
END;
GO

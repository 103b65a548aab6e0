/* marts.backfill_commerce and marts.load_commerce: days, money, recurring revenue, exactly the range. */
EXEC tSQLt.NewTestClass 'marts_backfill_commerce';
GO
CREATE PROCEDURE marts_backfill_commerce.SetUp
AS
BEGIN
    EXEC tSQLt.FakeTable 'staging.stg_commerce_events';
    EXEC tSQLt.FakeTable 'staging.commerce_changed_days';
    EXEC tSQLt.FakeTable 'marts.fct_daily_active_users';
    EXEC tSQLt.FakeTable 'marts.fct_daily_revenue';
    EXEC tSQLt.FakeTable 'marts.fct_monthly_recurring_revenue';
    EXEC tSQLt.FakeTable 'catalog.currency_rates';
    EXEC tSQLt.FakeTable 'catalog.commerce_event_types';
    INSERT INTO catalog.commerce_event_types (event_type, revenue_sign, needs_amount)
    VALUES
        ('purchase', 1, 1), ('refund', -1, 1), ('view', 0, 0), ('subscription_start', 1, 1),
        ('subscription_renew', 1, 1), ('subscription_cancel', 0, 0);
END;
GO
CREATE PROCEDURE marts_backfill_commerce.[test no events give no facts]
AS
BEGIN
    EXEC marts.load_commerce;
    EXEC marts.backfill_commerce @from_date = NULL, @to_date = NULL;

    EXEC tSQLt.AssertEmptyTable 'marts.fct_daily_active_users';
    EXEC tSQLt.AssertEmptyTable 'marts.fct_daily_revenue';
    EXEC tSQLt.AssertEmptyTable 'marts.fct_monthly_recurring_revenue';
END;
GO
CREATE PROCEDURE marts_backfill_commerce.[test an empty range is refused]
AS
BEGIN
    EXEC tSQLt.ExpectException @ExpectedErrorNumber = 50022;
    EXEC marts.backfill_commerce @from_date = '2024-01-02', @to_date = '2024-01-02';
END;
GO
CREATE PROCEDURE marts_backfill_commerce.[test days end at midnight UTC, refunds are below 0, bots do not count]
AS
BEGIN
    INSERT INTO staging.stg_commerce_events (event_id, user_id, event_type, currency, amount, is_bot, event_at)
    VALUES
        ('1', 'u', 'purchase', 'EUR', 10.005, 0, CAST('2024-02-29T23:59:59.999999' AS datetime2(6))),
        ('2', 'u', 'refund', 'EUR', 4, 0, CAST('2024-03-01T00:00:00' AS datetime2(6))),
        ('3', 'u', 'refund', 'EUR', -3, 0, CAST('2024-03-01T00:00:00' AS datetime2(6))),
        ('4', 'v', 'purchase', 'USD', 5, 0, CAST('2024-03-01T12:00:00' AS datetime2(6))),
        ('5', 'v', 'view', NULL, NULL, 0, CAST('2024-03-01T12:00:00' AS datetime2(6))),
        ('6', 'b', 'purchase', 'USD', 500, 1, CAST('2024-03-01T12:00:00' AS datetime2(6)));
    INSERT INTO catalog.currency_rates (currency, valid_from, rate)
    VALUES ('EUR', CAST('2024-01-01' AS date), 1.1), ('EUR', CAST('2024-03-01' AS date), 1.2);

    EXEC marts.backfill_commerce @from_date = NULL, @to_date = NULL;

    SELECT
        c.revenue_date,
        c.currency,
        c.gross,
        c.refunds,
        c.net,
        ROUND(c.converted_net, 9) AS converted_net
    INTO #actual
    FROM marts.daily_revenue_converted AS c;
    SELECT TOP (0)
        a.revenue_date,
        a.currency,
        a.gross,
        a.refunds,
        a.net,
        a.converted_net
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (revenue_date, currency, gross, refunds, net, converted_net)
    VALUES
        (CAST('2024-02-29' AS date), 'EUR', 10.005, 0, 10.005, 11.0055e0),
        (CAST('2024-03-01' AS date), 'EUR', 0, -7, -7, -8.4e0),
        (CAST('2024-03-01' AS date), 'USD', 5, 0, 5, NULL);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
    SELECT
        d.activity_date,
        d.active_user_count,
        d.purchaser_count,
        d.event_count
    INTO #actual_days
    FROM marts.fct_daily_active_users AS d;
    SELECT TOP (0)
        a.activity_date,
        a.active_user_count,
        a.purchaser_count,
        a.event_count
    INTO #expected_days
    FROM #actual_days AS a;
    INSERT INTO #expected_days (activity_date, active_user_count, purchaser_count, event_count)
    VALUES (CAST('2024-02-29' AS date), 1, 1, 1), (CAST('2024-03-01' AS date), 2, 1, 4);
    EXEC tSQLt.AssertEqualsTable '#expected_days', '#actual_days';
END;
GO
CREATE PROCEDURE marts_backfill_commerce.[test recurring revenue is new, expands, contracts, churns and comes back]
AS
BEGIN
    INSERT INTO staging.stg_commerce_events
        (event_id, user_id, load_id, line_number, event_type, currency, amount, is_bot, event_at)
    VALUES
        ('1', 'u', 1, 1, 'subscription_start', 'EUR', 10, 0, CAST('2024-01-31T23:59:59' AS datetime2(6))),
        ('2', 'u', 1, 2, 'subscription_renew', 'EUR', 15, 0, CAST('2024-02-29T00:00:00' AS datetime2(6))),
        ('3', 'u', 1, 3, 'subscription_renew', 'EUR', 12, 0, CAST('2024-03-31T23:00:00' AS datetime2(6))),
        ('4', 'u', 1, 4, 'subscription_cancel', NULL, NULL, 0, CAST('2024-05-01T00:00:00' AS datetime2(6))),
        ('5', 'u', 1, 5, 'subscription_start', 'USD', 20, 0, CAST('2024-06-01T00:00:00' AS datetime2(6))),
        ('6', 'v', 1, 6, 'subscription_start', 'EUR', 7, 0, CAST('2024-02-01T00:00:00' AS datetime2(6))),
        ('7', 'v', 1, 7, 'subscription_cancel', NULL, NULL, 0, CAST('2024-02-02T00:00:00' AS datetime2(6))),
        ('8', 'w', 1, 8, 'view', NULL, NULL, 0, CAST('2024-04-10T00:00:00' AS datetime2(6)));

    EXEC marts.backfill_commerce @from_date = NULL, @to_date = NULL;

    SELECT
        m.month_date,
        m.currency,
        m.opening,
        m.new_amount,
        m.expansion,
        m.contraction,
        m.churn,
        m.closing
    INTO #actual
    FROM marts.fct_monthly_recurring_revenue AS m;
    SELECT TOP (0)
        a.month_date,
        a.currency,
        a.opening,
        a.new_amount,
        a.expansion,
        a.contraction,
        a.churn,
        a.closing
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (month_date, currency, opening, new_amount, expansion, contraction, churn, closing)
    VALUES
        (CAST('2024-01-01' AS date), 'EUR', 0, 10, 0, 0, 0, 10),
        (CAST('2024-02-01' AS date), 'EUR', 10, 0, 5, 0, 0, 15),
        (CAST('2024-03-01' AS date), 'EUR', 15, 0, 0, -3, 0, 12),
        (CAST('2024-04-01' AS date), 'EUR', 12, 0, 0, 0, 0, 12),
        (CAST('2024-05-01' AS date), 'EUR', 12, 0, 0, 0, -12, 0),
        (CAST('2024-06-01' AS date), 'EUR', 0, 0, 0, 0, 0, 0),
        (CAST('2024-06-01' AS date), 'USD', 0, 20, 0, 0, 0, 20);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_backfill_commerce.[test a backfill rebuilds its days and their months and nothing else]
AS
BEGIN
    INSERT INTO staging.stg_commerce_events
        (event_id, user_id, load_id, line_number, event_type, currency, amount, is_bot, event_at)
    VALUES
        ('1', 'u', 1, 1, 'subscription_start', 'EUR', 1, 0, CAST('2024-01-31T23:59:59' AS datetime2(6))),
        ('2', 'u', 1, 2, 'subscription_renew', 'EUR', 2, 0, CAST('2024-02-01T00:00:00' AS datetime2(6))),
        ('3', 'u', 1, 3, 'subscription_renew', 'EUR', 3, 0, CAST('2024-02-02T23:59:59' AS datetime2(6))),
        ('4', 'u', 1, 4, 'subscription_renew', 'EUR', 4, 0, CAST('2024-03-01T00:00:00' AS datetime2(6)));
    EXEC marts.backfill_commerce @from_date = NULL, @to_date = NULL;
    UPDATE marts.fct_daily_revenue SET net = 0;
    UPDATE marts.fct_daily_active_users SET event_count = 0;
    UPDATE marts.fct_monthly_recurring_revenue SET closing = 0;

    EXEC marts.backfill_commerce @from_date = '2024-02-01', @to_date = '2024-02-02';

    SELECT
        r.revenue_date AS fact_date,
        r.net,
        a.event_count
    INTO #actual
    FROM marts.fct_daily_revenue AS r
    INNER JOIN marts.fct_daily_active_users AS a
        ON a.activity_date = r.revenue_date
    UNION ALL
    SELECT
        m.month_date AS fact_date,
        m.closing AS net,
        CAST(-1 AS bigint) AS event_count
    FROM marts.fct_monthly_recurring_revenue AS m;
    SELECT TOP (0)
        a.fact_date,
        a.net,
        a.event_count
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (fact_date, net, event_count)
    VALUES
        (CAST('2024-01-31' AS date), 0, 0), (CAST('2024-02-01' AS date), 2, 1), (CAST('2024-02-02' AS date), 0, 0),
        (CAST('2024-03-01' AS date), 0, 0), (CAST('2024-01-01' AS date), 0, -1), (CAST('2024-02-01' AS date), 3, -1),
        (CAST('2024-03-01' AS date), 0, -1);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_backfill_commerce.[test a month without events has recurring revenue, filled in by a later load]
AS
BEGIN
    INSERT INTO staging.stg_commerce_events
        (event_id, user_id, load_id, line_number, event_type, currency, amount, is_bot, event_at)
    VALUES
        ('1', 'u', 1, 1, 'subscription_start', 'EUR', 10, 0, CAST('2023-12-31T23:59:59.999999' AS datetime2(6)));
    INSERT INTO staging.commerce_changed_days (event_date) VALUES (CAST('2023-12-31' AS date));
    EXEC marts.load_commerce;
    INSERT INTO staging.stg_commerce_events
        (event_id, user_id, load_id, line_number, event_type, currency, amount, is_bot, event_at)
    VALUES
        ('2', 'u', 2, 1, 'subscription_renew', 'EUR', 15, 0, CAST('2024-03-01T00:00:00' AS datetime2(6)));
    INSERT INTO staging.commerce_changed_days (event_date) VALUES (CAST('2024-03-01' AS date));
    EXEC marts.load_commerce;
    UPDATE marts.fct_monthly_recurring_revenue SET closing = 0;

    EXEC marts.backfill_commerce @from_date = '2024-02-29', @to_date = '2024-03-01';

    SELECT
        m.month_date,
        m.opening,
        m.expansion,
        m.closing
    INTO #actual
    FROM marts.fct_monthly_recurring_revenue AS m;
    SELECT TOP (0)
        a.month_date,
        a.opening,
        a.expansion,
        a.closing
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (month_date, opening, expansion, closing)
    VALUES
        (CAST('2023-12-01' AS date), 0, 0, 0), (CAST('2024-01-01' AS date), 10, 0, 0),
        (CAST('2024-02-01' AS date), 10, 0, 10), (CAST('2024-03-01' AS date), 10, 5, 0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE marts_backfill_commerce.[test bots have no recurring revenue, a change of currency is churn and new]
AS
BEGIN
    INSERT INTO staging.stg_commerce_events
        (event_id, user_id, load_id, line_number, event_type, currency, amount, is_bot, event_at)
    VALUES
        ('1', 'u', 1, 1, 'subscription_start', 'EUR', 10, 0, CAST('2024-01-01T00:00:00' AS datetime2(6))),
        ('2', 'u', 1, 2, 'subscription_renew', 'USD', 11, 0, CAST('2024-01-31T23:59:59.999999' AS datetime2(6))),
        ('3', 'u', 1, 3, 'subscription_renew', 'EUR', 12, 0, CAST('2024-02-29T23:59:59.999999' AS datetime2(6))),
        ('4', 'v', 1, 4, 'subscription_start', 'EUR', 5, 0, CAST('2024-01-15T00:00:00' AS datetime2(6))),
        ('5', 'v', 1, 5, 'subscription_cancel', NULL, NULL, 0, CAST('2024-02-29T00:00:00' AS datetime2(6))),
        ('6', 'v', 1, 6, 'subscription_start', 'EUR', 6, 0, CAST('2024-03-01T00:00:00' AS datetime2(6))),
        ('7', 'b', 1, 7, 'subscription_start', 'EUR', 999, 1, CAST('2024-01-15T00:00:00' AS datetime2(6)));

    EXEC marts.backfill_commerce @from_date = NULL, @to_date = NULL;

    SELECT
        m.month_date,
        m.currency,
        m.opening,
        m.new_amount,
        m.churn,
        m.closing
    INTO #actual
    FROM marts.fct_monthly_recurring_revenue AS m;
    SELECT TOP (0)
        a.month_date,
        a.currency,
        a.opening,
        a.new_amount,
        a.churn,
        a.closing
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (month_date, currency, opening, new_amount, churn, closing)
    VALUES
        (CAST('2024-01-01' AS date), 'USD', 0, 11, 0, 11), (CAST('2024-02-01' AS date), 'USD', 11, 0, -11, 0),
        (CAST('2024-03-01' AS date), 'USD', 0, 0, 0, 0), (CAST('2024-01-01' AS date), 'EUR', 0, 5, 0, 5),
        (CAST('2024-02-01' AS date), 'EUR', 5, 12, -5, 12), (CAST('2024-03-01' AS date), 'EUR', 12, 6, 0, 18);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO

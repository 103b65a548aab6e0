/*
Rebuilds the commerce facts of the days from @from_date up to, not including, @to_date, and the recurring revenue of
the months that those days are of; no other row is touched. NULL for an end means: without that end.
*/
CREATE OR ALTER PROCEDURE marts.backfill_commerce
    @from_date date,
    @to_date date
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @message varchar(400);
DECLARE @first_date date = COALESCE(@from_date, CAST('1900-01-01' AS date));
DECLARE @end_date date = COALESCE(@to_date, CAST('9999-01-01' AS date));
DECLARE @first_month date = DATEFROMPARTS(YEAR(@first_date), MONTH(@first_date), 1);
/* The day after the last month of the range: its row is of the whole month. */
DECLARE @last_date date = DATEADD(day, -1, @end_date);
DECLARE @end_month date = DATEADD(month, 1, DATEFROMPARTS(YEAR(@last_date), MONTH(@last_date), 1));
IF @first_date >= @end_date
BEGIN
    SET @message = CONCAT('The range from ', @first_date, ' to ', @end_date, ' has no day; the end is not included.');
    THROW 50022, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.fct_daily_active_users WHERE activity_date >= @first_date AND activity_date < @end_date;
    DELETE FROM marts.fct_daily_revenue WHERE revenue_date >= @first_date AND revenue_date < @end_date;
    DELETE FROM marts.fct_monthly_recurring_revenue WHERE month_date >= @first_month AND month_date < @end_month;

    INSERT INTO marts.fct_daily_active_users (activity_date, active_user_count, purchaser_count, event_count)
    SELECT
        u.activity_date,
        COUNT_BIG(*) AS active_user_count,
        SUM(u.purchaser_count) AS purchaser_count,
        SUM(u.event_count) AS event_count
    FROM
    (
        SELECT
            CAST(s.event_at AS date) AS activity_date,
            s.user_id,
            COUNT_BIG(*) AS event_count,
            MAX(CAST(CASE WHEN s.event_type = 'purchase' THEN 1 ELSE 0 END AS bigint)) AS purchaser_count
        FROM staging.stg_commerce_events AS s
        WHERE s.is_bot = 0
            AND s.event_at >= CAST(@first_date AS datetime2(6))
            AND s.event_at < CAST(@end_date AS datetime2(6))
        GROUP BY CAST(s.event_at AS date), s.user_id
    ) AS u
    GROUP BY u.activity_date;

    INSERT INTO marts.fct_daily_revenue
        (revenue_date, currency, purchase_count, refund_count, gross, refunds, net)
    SELECT
        r.revenue_date,
        r.currency,
        SUM(r.purchase_count) AS purchase_count,
        SUM(r.refund_count) AS refund_count,
        SUM(r.gross) AS gross,
        SUM(r.refunds) AS refunds,
        SUM(r.gross) + SUM(r.refunds) AS net
    FROM
    (
        SELECT
            CAST(s.event_at AS date) AS revenue_date,
            s.currency,
            CAST(CASE WHEN t.revenue_sign = 1 THEN 1 ELSE 0 END AS bigint) AS purchase_count,
            CAST(CASE WHEN t.revenue_sign = -1 THEN 1 ELSE 0 END AS bigint) AS refund_count,
            CASE WHEN t.revenue_sign = 1 THEN s.amount ELSE CAST(0 AS decimal(19, 4)) END AS gross,
            /* A refund is money given back, whatever sign the file gives it. */
            CASE WHEN t.revenue_sign = -1 THEN -ABS(s.amount) ELSE CAST(0 AS decimal(19, 4)) END AS refunds
        FROM staging.stg_commerce_events AS s
        INNER JOIN catalog.commerce_event_types AS t
            ON t.event_type = s.event_type
        WHERE t.revenue_sign <> 0
            AND s.is_bot = 0
            AND s.amount IS NOT NULL
            AND s.currency IS NOT NULL
            AND s.event_at >= CAST(@first_date AS datetime2(6))
            AND s.event_at < CAST(@end_date AS datetime2(6))
    ) AS r
    GROUP BY r.revenue_date, r.currency;

    /* What a user pays at the end of each month with subscription events; other months change nothing. */
    WITH ordered AS
    (
        SELECT
            s.user_id,
            s.event_type,
            s.currency,
            s.amount,
            DATEFROMPARTS(YEAR(s.event_at), MONTH(s.event_at), 1) AS month_date,
            ROW_NUMBER() OVER
            (
                PARTITION BY s.user_id, DATEFROMPARTS(YEAR(s.event_at), MONTH(s.event_at), 1)
                ORDER BY s.event_at DESC, s.load_id DESC, s.line_number DESC
            ) AS place
        FROM staging.stg_commerce_events AS s
        WHERE s.is_bot = 0
            AND s.event_type IN ('subscription_start', 'subscription_renew', 'subscription_cancel')
            AND s.event_at < CAST(@end_month AS datetime2(6))
    ),
    month_ends AS
    (
        SELECT
            o.user_id,
            o.month_date,
            CASE WHEN o.event_type = 'subscription_cancel' THEN NULL ELSE o.currency END AS currency,
            CASE WHEN o.event_type = 'subscription_cancel' THEN CAST(0 AS decimal(19, 4)) ELSE o.amount END AS amount
        FROM ordered AS o
        WHERE o.place = 1
    ),
    changes AS
    (
        SELECT
            m.month_date,
            m.currency,
            m.amount,
            LAG(m.currency) OVER (PARTITION BY m.user_id ORDER BY m.month_date) AS earlier_currency,
            LAG(m.amount) OVER (PARTITION BY m.user_id ORDER BY m.month_date) AS earlier_amount
        FROM month_ends AS m
    ),
    /* A change of currency is churn in the one and new in the other. */
    movements AS
    (
        SELECT
            c.month_date,
            c.currency,
            CASE
                WHEN c.earlier_currency = c.currency THEN c.earlier_amount
                ELSE CAST(0 AS decimal(19, 4))
            END AS before_amount,
            c.amount AS after_amount
        FROM changes AS c
        WHERE c.currency IS NOT NULL
        UNION ALL
        SELECT
            c.month_date,
            c.earlier_currency AS currency,
            c.earlier_amount AS before_amount,
            CAST(0 AS decimal(19, 4)) AS after_amount
        FROM changes AS c
        WHERE c.earlier_currency IS NOT NULL AND (c.currency IS NULL OR c.currency <> c.earlier_currency)
    ),
    moved AS
    (
        SELECT
            m.month_date,
            m.currency,
            SUM(CASE WHEN m.before_amount = 0 THEN m.after_amount ELSE CAST(0 AS decimal(19, 4)) END) AS new_amount,
            SUM
            (
                CASE
                    WHEN m.before_amount > 0 AND m.after_amount > m.before_amount
                        THEN m.after_amount - m.before_amount
                    ELSE CAST(0 AS decimal(20, 4))
                END
            ) AS expansion,
            SUM
            (
                CASE
                    WHEN m.after_amount > 0 AND m.after_amount < m.before_amount
                        THEN m.after_amount - m.before_amount
                    ELSE CAST(0 AS decimal(20, 4))
                END
            ) AS contraction,
            SUM
            (
                CASE
                    WHEN m.after_amount = 0 AND m.before_amount > 0 THEN -m.before_amount
                    ELSE CAST(0 AS decimal(19, 4))
                END
            ) AS churn
        FROM movements AS m
        GROUP BY m.month_date, m.currency
    ),
    first_months AS
    (
        SELECT
            m.currency,
            MIN(m.month_date) AS first_month_date
        FROM moved AS m
        GROUP BY m.currency
    ),
    event_months AS
    (
        SELECT DISTINCT
            DATEFROMPARTS(YEAR(s.event_at), MONTH(s.event_at), 1) AS month_date
        FROM staging.stg_commerce_events AS s
        WHERE s.is_bot = 0
    ),
    bounds AS
    (
        SELECT
            (SELECT MIN(f.first_month_date) FROM first_months AS f) AS first_month_date,
            (SELECT MAX(e.month_date) FROM event_months AS e) AS last_month_date
    ),
    digits AS
    (
        SELECT d.digit
        FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS d (digit)
    ),
    /* A month without any event has its recurring revenue, too: 1,000 of them from the first one on are filled in. */
    months AS
    (
        SELECT
            CASE
                WHEN n.month_number <= DATEDIFF(month, b.first_month_date, b.last_month_date)
                    THEN DATEADD(month, n.month_number, b.first_month_date)
                ELSE b.first_month_date
            END AS month_date
        FROM bounds AS b
        CROSS JOIN
        (
            SELECT h.digit * 100 + t.digit * 10 + o.digit AS month_number
            FROM digits AS h
            CROSS JOIN digits AS t
            CROSS JOIN digits AS o
        ) AS n
        UNION
        SELECT e.month_date FROM event_months AS e
    ),
    grid AS
    (
        SELECT
            d.month_date,
            f.currency,
            COALESCE(m.new_amount, CAST(0 AS decimal(38, 4))) AS new_amount,
            COALESCE(m.expansion, CAST(0 AS decimal(38, 4))) AS expansion,
            COALESCE(m.contraction, CAST(0 AS decimal(38, 4))) AS contraction,
            COALESCE(m.churn, CAST(0 AS decimal(38, 4))) AS churn
        FROM first_months AS f
        INNER JOIN months AS d
            ON d.month_date >= f.first_month_date AND d.month_date < @end_month
        LEFT JOIN moved AS m
            ON m.month_date = d.month_date AND m.currency = f.currency
    ),
    changed AS
    (
        SELECT
            g.month_date,
            g.currency,
            g.new_amount,
            g.expansion,
            g.contraction,
            g.churn,
            g.new_amount + g.expansion + g.contraction + g.churn AS change_amount
        FROM grid AS g
    ),
    running AS
    (
        SELECT
            c.month_date,
            c.currency,
            c.new_amount,
            c.expansion,
            c.contraction,
            c.churn,
            c.change_amount,
            SUM(c.change_amount) OVER
            (
                PARTITION BY c.currency
                ORDER BY c.month_date
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS closing
        FROM changed AS c
    )
    INSERT INTO marts.fct_monthly_recurring_revenue
        (month_date, currency, opening, new_amount, expansion, contraction, churn, closing)
    SELECT
        r.month_date,
        r.currency,
        r.closing - r.change_amount AS opening,
        r.new_amount,
        r.expansion,
        r.contraction,
        r.churn,
        r.closing
    FROM running AS r
    WHERE r.month_date >= @first_month;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Commerce: the tables of purchases, refunds and subscriptions from raw to marts, and the description of the source.
*/
IF OBJECT_ID('raw.commerce_events') IS NULL
    CREATE TABLE raw.commerce_events
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        event_id varchar(4000) NULL,
        user_id varchar(4000) NULL,
        event_type varchar(4000) NULL,
        event_at varchar(4000) NULL,
        amount varchar(4000) NULL,
        currency varchar(4000) NULL,
        attributes varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_commerce_events PRIMARY KEY (load_id, line_number)
    );
GO

/*
One row a commerce event, its latest version. amount is as in the file, NULL where the type has none; attributes are
the columns of the file that the source does not know. is_bot: the user has too many events in one second, see
catalog.source_settings.
*/
IF OBJECT_ID('staging.stg_commerce_events') IS NULL
    CREATE TABLE staging.stg_commerce_events
    (
        event_id varchar(128) NOT NULL,
        user_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        event_type varchar(64) NOT NULL,
        currency varchar(3) NULL,
        attributes varchar(4000) NULL,
        amount decimal(19, 4) NULL,
        is_bot bit NOT NULL,
        event_at datetime2(6) NOT NULL,
        CONSTRAINT pk_stg_commerce_events PRIMARY KEY (event_id)
    );
GO

/* One row a day whose facts are behind what is staged; the marts take it away when they are built. */
IF OBJECT_ID('staging.commerce_changed_days') IS NULL
    CREATE TABLE staging.commerce_changed_days
    (
        event_date date NOT NULL,
        CONSTRAINT pk_commerce_changed_days PRIMARY KEY (event_date)
    );
GO

/* One row a type of commerce event. revenue_sign: 1 money taken, -1 money given back, 0 no money. */
IF OBJECT_ID('catalog.commerce_event_types') IS NULL
    CREATE TABLE catalog.commerce_event_types
    (
        event_type varchar(64) NOT NULL,
        revenue_sign int NOT NULL,
        needs_amount bit NOT NULL,
        description varchar(400) NULL,
        CONSTRAINT pk_commerce_event_types PRIMARY KEY (event_type),
        CONSTRAINT ck_commerce_event_types_revenue_sign CHECK (revenue_sign IN (-1, 0, 1))
    );
GO

/* One row a currency and first day of a rate: what one unit is worth in the currency whose rate is 1. */
IF OBJECT_ID('catalog.currency_rates') IS NULL
    CREATE TABLE catalog.currency_rates
    (
        currency varchar(3) NOT NULL,
        valid_from date NOT NULL,
        rate decimal(18, 8) NOT NULL,
        CONSTRAINT pk_currency_rates PRIMARY KEY (currency, valid_from)
    );
GO

/* One row a UTC day with events of users that are no bots. */
IF OBJECT_ID('marts.fct_daily_active_users') IS NULL
    CREATE TABLE marts.fct_daily_active_users
    (
        activity_date date NOT NULL,
        active_user_count bigint NOT NULL,
        purchaser_count bigint NOT NULL,
        event_count bigint NOT NULL,
        CONSTRAINT pk_fct_daily_active_users PRIMARY KEY (activity_date)
    );
GO

/* One row a UTC day and currency with money taken or given back, bots left out. refunds are 0 or less. */
IF OBJECT_ID('marts.fct_daily_revenue') IS NULL
    CREATE TABLE marts.fct_daily_revenue
    (
        revenue_date date NOT NULL,
        currency varchar(3) NOT NULL,
        purchase_count bigint NOT NULL,
        refund_count bigint NOT NULL,
        gross decimal(38, 4) NOT NULL,
        refunds decimal(38, 4) NOT NULL,
        net decimal(38, 4) NOT NULL,
        CONSTRAINT pk_fct_daily_revenue PRIMARY KEY (revenue_date, currency)
    );
GO

/*
One row a month and currency since its first subscription: the recurring revenue at the month's beginning and end, and
what changed in between. closing = opening + new_amount + expansion + contraction + churn; the last two are 0 or less.
*/
IF OBJECT_ID('marts.fct_monthly_recurring_revenue') IS NULL
    CREATE TABLE marts.fct_monthly_recurring_revenue
    (
        month_date date NOT NULL,
        currency varchar(3) NOT NULL,
        opening decimal(38, 4) NOT NULL,
        new_amount decimal(38, 4) NOT NULL,
        expansion decimal(38, 4) NOT NULL,
        contraction decimal(38, 4) NOT NULL,
        churn decimal(38, 4) NOT NULL,
        closing decimal(38, 4) NOT NULL,
        CONSTRAINT pk_fct_monthly_recurring_revenue PRIMARY KEY (month_date, currency)
    );
GO

INSERT INTO catalog.commerce_event_types (event_type, revenue_sign, needs_amount, description)
SELECT
    seed.event_type,
    seed.revenue_sign,
    CAST(seed.needs_amount AS bit) AS needs_amount,
    NULL AS description
FROM
(
    VALUES
        ('purchase', 1, 1), ('refund', -1, 1), ('subscription_start', 1, 1), ('subscription_renew', 1, 1),
        ('subscription_cancel', 0, 0), ('view', 0, 0), ('search', 0, 0), ('click', 0, 0), ('login', 0, 0),
        ('signup', 0, 0), ('add_to_cart', 0, 0), ('remove_from_cart', 0, 0), ('checkout', 0, 0)
) AS seed (event_type, revenue_sign, needs_amount)
WHERE NOT EXISTS (SELECT 1 FROM catalog.commerce_event_types AS t WHERE t.event_type = seed.event_type);
GO

INSERT INTO catalog.currency_rates (currency, valid_from, rate)
SELECT
    seed.currency,
    CAST('1970-01-01' AS date) AS valid_from,
    CAST(1 AS decimal(18, 8)) AS rate
FROM (VALUES ('USD')) AS seed (currency)
WHERE NOT EXISTS (SELECT 1 FROM catalog.currency_rates AS r WHERE r.currency = seed.currency);
GO

INSERT INTO catalog.sources
(
    source, raw_table, key_columns, version_order, generated_column, rest_column, line_column, folder_patterns,
    header_start, description
)
SELECT
    seed.source,
    seed.source AS raw_table,
    'event_id' AS key_columns,
    'latest event_at, load, line' AS version_order,
    NULL AS generated_column,
    'attributes' AS rest_column,
    NULL AS line_column,
    '*.csv,*.csv.gz,*.ndjson,*.ndjson.gz' AS folder_patterns,
    NULL AS header_start,
    'Purchases, refunds, subscriptions and visits, with messy types.' AS description
FROM (VALUES ('commerce_events')) AS seed (source)
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS s WHERE s.source = seed.source);
GO

INSERT INTO catalog.source_columns
    (source, column_name, column_place, value_type, other_names, is_required, description)
SELECT
    'commerce_events' AS source,
    seed.column_name,
    seed.column_place,
    seed.value_type,
    seed.other_names,
    CAST(0 AS bit) AS is_required,
    seed.description
FROM
(
    VALUES
        ('event_id', 1, 'id', 'id', 'One event; of several versions the latest counts.'),
        ('user_id', 2, 'id', 'user', NULL),
        ('event_type', 3, 'id', 'type', 'One of catalog.commerce_event_types.'),
        ('event_at', 4, 'time', 'event_ts,timestamp', NULL),
        ('amount', 5, 'money', NULL, 'With thousands parted by commas, a currency sign or an exponent, too.'),
        ('currency', 6, 'currency', NULL, 'Three letters.')
) AS seed (column_name, column_place, value_type, other_names, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_columns AS c
    WHERE c.source = 'commerce_events' AND c.column_name = seed.column_name
);
GO

INSERT INTO catalog.source_timestamp_formats (source, timestamp_format)
SELECT
    'commerce_events' AS source,
    seed.timestamp_format
FROM
(
    VALUES ('iso'), ('dd/MM/yyyy'), ('MM-dd-yyyy'), ('epoch_seconds'), ('epoch_milliseconds')
) AS seed (timestamp_format)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_timestamp_formats AS f
    WHERE f.source = 'commerce_events' AND f.timestamp_format = seed.timestamp_format
);
GO

INSERT INTO catalog.source_rules (source, rule_name, column_name, description)
SELECT
    'commerce_events' AS source,
    seed.rule_name,
    seed.column_name,
    seed.description
FROM
(
    VALUES
        ('rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('missing_event_id', 'event_id', 'Empty.'),
        ('missing_user_id', 'user_id', 'Empty.'),
        ('missing_event_type', 'event_type', 'Empty.'),
        ('unknown_event_type', 'event_type', 'Not in catalog.commerce_event_types.'),
        ('bad_timestamp', 'event_at', 'No time in a format of the source.'),
        ('bad_amount', 'amount', 'No amount of money.'),
        ('missing_amount', 'amount', 'Empty, and the type of event needs one.'),
        ('negative_amount', 'amount', 'Below 0, and the event is no refund.'),
        ('bad_currency', 'currency', 'Not three letters.'),
        ('missing_currency', 'currency', 'Empty, and the type of event needs an amount.'),
        ('too_long', NULL, 'An id has more than 128 bytes.')
) AS seed (rule_name, column_name, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_rules AS r
    WHERE r.source = 'commerce_events' AND r.rule_name = seed.rule_name
);
GO

INSERT INTO catalog.source_settings (source, setting_name, setting_value, unit_label, description)
SELECT
    'commerce_events' AS source,
    seed.setting_name,
    seed.setting_value,
    seed.unit_label,
    seed.description
FROM
(
    VALUES
    (
        'bot_events_per_second', 20e0, 'events', 'A user with more events than this in one UTC second is a bot.'
    )
) AS seed (setting_name, setting_value, unit_label, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_settings AS s
    WHERE s.source = 'commerce_events' AND s.setting_name = seed.setting_name
);
GO

INSERT INTO catalog.source_attributes (source, attribute, is_reference, description)
SELECT
    'commerce_events' AS source,
    seed.attribute,
    CAST(seed.is_reference AS bit) AS is_reference,
    seed.description
FROM
(
    VALUES
        ('currency', 0, 'The currency of the amount; columns that only the file knows are attributes too.')
) AS seed (attribute, is_reference, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_attributes AS a
    WHERE a.source = 'commerce_events' AND a.attribute = seed.attribute
);
GO

/*
Stages one finished load of commerce events in staging.stg_commerce_events, one row an event id: the latest version, by
event time, then load, then line; older ones go to staging.duplicates. Lines that fail go to staging.quarantine with the
first rule they break. The days that change are noted in staging.commerce_changed_days. Running it again for a staged
load does nothing; once staging.reprocess has opened the load again, it takes the lines that are neither staged nor
duplicates.
*/
CREATE OR ALTER PROCEDURE staging.load_commerce_events
    @load_id bigint
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @message varchar(400);
DECLARE @done_count bigint;
DECLARE @takes_iso int;
DECLARE @takes_dmy int;
DECLARE @takes_mdy int;
DECLARE @takes_seconds int;
DECLARE @takes_milliseconds int;
IF NOT EXISTS
(
    SELECT 1
    FROM ops.load_log AS l
    WHERE l.load_id = @load_id AND l.source = 'commerce_events' AND l.status = 'finished'
)
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of commerce_events.');
    THROW 50012, @message, 1;
END;
SELECT
    @takes_iso = MAX(CASE WHEN f.timestamp_format = 'iso' THEN 1 ELSE 0 END),
    @takes_dmy = MAX(CASE WHEN f.timestamp_format = 'dd/MM/yyyy' THEN 1 ELSE 0 END),
    @takes_mdy = MAX(CASE WHEN f.timestamp_format = 'MM-dd-yyyy' THEN 1 ELSE 0 END),
    @takes_seconds = MAX(CASE WHEN f.timestamp_format = 'epoch_seconds' THEN 1 ELSE 0 END),
    @takes_milliseconds = MAX(CASE WHEN f.timestamp_format = 'epoch_milliseconds' THEN 1 ELSE 0 END)
FROM catalog.source_timestamp_formats AS f
WHERE f.source = 'commerce_events';
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        SELECT
            s.line_number
        INTO #done
        FROM staging.stg_commerce_events AS s
        WHERE s.load_id = @load_id
        UNION ALL
        SELECT
            d.line_number
        FROM staging.duplicates AS d
        WHERE d.load_id = @load_id;
        SELECT @done_count = COUNT_BIG(*) FROM #done AS d;

        WITH parsed AS
        (
            SELECT
                r.load_id,
                r.line_number,
                r.reject_rule,
                r.event_at AS raw_event_at,
                r.amount AS raw_amount,
                r.currency AS raw_currency,
                t.event_id,
                t.user_id,
                t.event_type,
                t.amount_text,
                t.currency,
                r.attributes,
                p.parsed_at AS event_at,
                m.parsed_amount AS amount
            FROM raw.commerce_events AS r
            CROSS APPLY
            (
                SELECT
                    NULLIF(TRIM(r.event_id), '') AS event_id,
                    NULLIF(TRIM(r.user_id), '') AS user_id,
                    LOWER(NULLIF(TRIM(r.event_type), '')) AS event_type,
                    NULLIF(TRIM(r.event_at), '') AS time_text,
                    NULLIF(TRIM(r.amount), '') AS amount_text,
                    UPPER(NULLIF(TRIM(r.currency), '')) AS currency
            ) AS t
            CROSS APPLY (SELECT TRANSLATE(t.time_text, '123456789', '000000000') AS time_shape) AS f
            CROSS APPLY staging.declared_time
            (
                t.time_text, f.time_shape, @takes_iso, @takes_dmy, @takes_mdy, @takes_seconds, @takes_milliseconds
            ) AS d
            CROSS APPLY (SELECT TRANSLATE(d.iso_text, '123456789', '000000000') AS iso_shape) AS i
            CROSS APPLY staging.parse_timestamp(d.iso_text, i.iso_shape) AS p
            CROSS APPLY staging.parse_amount(t.amount_text) AS m
            WHERE r.load_id = @load_id
                AND (@done_count = 0 OR r.line_number NOT IN (SELECT d.line_number FROM #done AS d))
        ),
        judged AS
        (
            SELECT
                p.load_id,
                p.line_number,
                p.reject_rule,
                p.raw_event_at,
                p.raw_amount,
                p.raw_currency,
                p.event_id,
                p.user_id,
                p.event_type,
                p.currency,
                p.attributes,
                p.amount,
                p.event_at,
                CASE
                    WHEN p.reject_rule IS NOT NULL THEN 'rejected_by_rule'
                    WHEN p.event_id IS NULL THEN 'missing_event_id'
                    WHEN p.user_id IS NULL THEN 'missing_user_id'
                    WHEN p.event_type IS NULL THEN 'missing_event_type'
                    WHEN e.event_type IS NULL THEN 'unknown_event_type'
                    WHEN p.event_at IS NULL THEN 'bad_timestamp'
                    WHEN p.amount_text IS NOT NULL AND p.amount IS NULL THEN 'bad_amount'
                    WHEN e.needs_amount = 1 AND p.amount IS NULL THEN 'missing_amount'
                    WHEN p.amount < 0 AND e.revenue_sign <> -1 THEN 'negative_amount'
                    WHEN p.currency IS NOT NULL
                        AND (LEN(p.currency) <> 3
                            OR TRANSLATE
                            (
                                p.currency, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'AAAAAAAAAAAAAAAAAAAAAAAAAA'
                            ) <> 'AAA')
                        THEN 'bad_currency'
                    WHEN e.needs_amount = 1 AND p.currency IS NULL THEN 'missing_currency'
                    WHEN DATALENGTH(p.event_id) > 128 OR DATALENGTH(p.user_id) > 128 THEN 'too_long'
                END AS rule_name
            FROM parsed AS p
            LEFT JOIN catalog.commerce_event_types AS e
                ON e.event_type = p.event_type
        )
        SELECT
            j.load_id,
            j.line_number,
            j.event_id,
            j.user_id,
            j.event_type,
            j.currency,
            j.attributes,
            j.amount,
            j.event_at,
            j.rule_name,
            CASE j.rule_name
                WHEN 'rejected_by_rule' THEN j.reject_rule
                WHEN 'unknown_event_type' THEN j.event_type
                WHEN 'bad_timestamp' THEN j.raw_event_at
                WHEN 'bad_amount' THEN j.raw_amount
                WHEN 'negative_amount' THEN j.raw_amount
                WHEN 'bad_currency' THEN j.raw_currency
            END AS raw_value
        INTO #typed
        FROM judged AS j;

        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'commerce_events' AS source,
            t.load_id,
            t.line_number,
            t.rule_name,
            CASE t.rule_name
                WHEN 'missing_event_id' THEN 'event_id'
                WHEN 'missing_user_id' THEN 'user_id'
                WHEN 'missing_event_type' THEN 'event_type'
                WHEN 'unknown_event_type' THEN 'event_type'
                WHEN 'bad_timestamp' THEN 'event_at'
                WHEN 'bad_amount' THEN 'amount'
                WHEN 'missing_amount' THEN 'amount'
                WHEN 'negative_amount' THEN 'amount'
                WHEN 'bad_currency' THEN 'currency'
                WHEN 'missing_currency' THEN 'currency'
            END AS column_name,
            t.raw_value,
            @now AS quarantined_at
        FROM #typed AS t
        WHERE t.rule_name IS NOT NULL;

        /* Ids that need a choice: named twice in this load, or staged before it. */
        SELECT
            r.event_id
        INTO #repeated
        FROM
        (
            SELECT
                t.event_id
            FROM #typed AS t
            WHERE t.rule_name IS NULL
            GROUP BY t.event_id
            HAVING COUNT_BIG(*) > 1
            UNION
            SELECT
                s.event_id
            FROM staging.stg_commerce_events AS s
            INNER JOIN #typed AS t
                ON t.event_id = s.event_id
            WHERE t.rule_name IS NULL
        ) AS r;

        SELECT
            c.event_id,
            c.load_id,
            c.line_number,
            c.event_at,
            ROW_NUMBER() OVER
            (
                PARTITION BY c.event_id
                ORDER BY c.event_at DESC, c.load_id DESC, c.line_number DESC
            ) AS place
        INTO #ranked
        FROM
        (
            SELECT
                t.event_id,
                t.event_at,
                t.load_id,
                t.line_number
            FROM #typed AS t
            INNER JOIN #repeated AS r
                ON r.event_id = t.event_id
            WHERE t.rule_name IS NULL
            UNION ALL
            SELECT
                s.event_id,
                s.event_at,
                s.load_id,
                s.line_number
            FROM staging.stg_commerce_events AS s
            INNER JOIN #repeated AS r
                ON r.event_id = s.event_id
        ) AS c;

        INSERT INTO staging.duplicates
        (
            source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
            recorded_at
        )
        SELECT
            'commerce_events' AS source,
            l.load_id,
            l.line_number,
            'older_version' AS rule_name,
            l.event_id AS key_value,
            NULL AS variation_id,
            w.load_id AS kept_load_id,
            w.line_number AS kept_line_number,
            @now AS recorded_at
        FROM #ranked AS l
        INNER JOIN #ranked AS w
            ON w.event_id = l.event_id
        WHERE l.place > 1 AND w.place = 1;

        DELETE s
        FROM staging.stg_commerce_events AS s
        INNER JOIN #ranked AS l
            ON l.load_id = s.load_id AND l.line_number = s.line_number
        WHERE l.place > 1;

        INSERT INTO staging.stg_commerce_events
        (
            event_id, user_id, load_id, line_number, event_type, currency, attributes, amount, is_bot, event_at
        )
        SELECT
            t.event_id,
            t.user_id,
            t.load_id,
            t.line_number,
            t.event_type,
            t.currency,
            t.attributes,
            t.amount,
            CAST(0 AS bit) AS is_bot,
            t.event_at
        FROM #typed AS t
        WHERE t.rule_name IS NULL
            AND NOT EXISTS
            (
                SELECT 1
                FROM #ranked AS l
                WHERE l.load_id = t.load_id AND l.line_number = t.line_number AND l.place > 1
            );

        INSERT INTO staging.commerce_changed_days (event_date)
        SELECT
            d.event_date
        FROM
        (
            SELECT CAST(t.event_at AS date) AS event_date FROM #typed AS t WHERE t.rule_name IS NULL
            UNION
            SELECT CAST(l.event_at AS date) AS event_date FROM #ranked AS l
        ) AS d
        WHERE NOT EXISTS (SELECT 1 FROM staging.commerce_changed_days AS c WHERE c.event_date = d.event_date);

        UPDATE ops.load_log
        SET staged_at = @now
        WHERE load_id = @load_id;
    END;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

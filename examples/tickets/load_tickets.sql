/*
Stages one finished load of tickets in staging.stg_tickets, one row a ticket: the line of the latest load, then the last
one; the others go to staging.duplicates, lines that fail to staging.quarantine with the first rule they break. Running
it again for a staged load does nothing; once staging.reprocess has opened the load again, it takes the lines that are
neither staged nor duplicates.
*/
CREATE OR ALTER PROCEDURE staging.load_tickets
    @load_id bigint
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @message varchar(400);
IF NOT EXISTS
(
    SELECT 1
    FROM ops.load_log AS l
    WHERE l.load_id = @load_id AND l.source = 'tickets' AND l.status = 'finished'
)
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of tickets.');
    THROW 50012, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        WITH parsed AS
        (
            SELECT
                r.load_id,
                r.line_number,
                r.reject_rule,
                r.opened_at AS raw_opened_at,
                NULLIF(TRIM(r.ticket_id), '') AS ticket_id,
                NULLIF(TRIM(r.user_id), '') AS user_id,
                p.parsed_at AS opened_at
            FROM raw.tickets AS r
            CROSS APPLY (SELECT NULLIF(TRIM(r.opened_at), '') AS time_text) AS t
            CROSS APPLY (SELECT TRANSLATE(t.time_text, '123456789', '000000000') AS time_shape) AS f
            CROSS APPLY staging.parse_timestamp(t.time_text, f.time_shape) AS p
            WHERE r.load_id = @load_id
                AND NOT EXISTS
                (
                    SELECT 1
                    FROM staging.stg_tickets AS s
                    WHERE s.load_id = r.load_id AND s.line_number = r.line_number
                )
                AND NOT EXISTS
                (
                    SELECT 1
                    FROM staging.duplicates AS d
                    WHERE d.load_id = r.load_id AND d.line_number = r.line_number
                )
        )
        SELECT
            p.load_id,
            p.line_number,
            p.ticket_id,
            p.user_id,
            p.opened_at,
            p.reject_rule,
            p.raw_opened_at,
            CASE
                WHEN p.reject_rule IS NOT NULL THEN 'rejected_by_rule'
                WHEN p.ticket_id IS NULL THEN 'missing_ticket_id'
                WHEN p.user_id IS NULL THEN 'missing_user_id'
                WHEN p.opened_at IS NULL THEN 'bad_timestamp'
                WHEN DATALENGTH(p.ticket_id) > 128 OR DATALENGTH(p.user_id) > 128 THEN 'too_long'
            END AS rule_name
        INTO #judged
        FROM parsed AS p;

        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'tickets' AS source,
            j.load_id,
            j.line_number,
            j.rule_name,
            r.column_name,
            CASE j.rule_name WHEN 'rejected_by_rule' THEN j.reject_rule WHEN 'bad_timestamp' THEN j.raw_opened_at END
                AS raw_value,
            @now AS quarantined_at
        FROM #judged AS j
        LEFT JOIN catalog.source_rules AS r
            ON r.source = 'tickets' AND r.rule_name = j.rule_name
        WHERE j.rule_name IS NOT NULL;

        /* The lines of each ticket that this load names, the one that counts first. */
        SELECT
            v.ticket_id,
            v.user_id,
            v.load_id,
            v.line_number,
            v.opened_at,
            ROW_NUMBER() OVER (PARTITION BY v.ticket_id ORDER BY v.load_id DESC, v.line_number DESC) AS place
        INTO #versions
        FROM
        (
            SELECT
                j.ticket_id,
                j.user_id,
                j.load_id,
                j.line_number,
                j.opened_at
            FROM #judged AS j
            WHERE j.rule_name IS NULL
            UNION ALL
            SELECT
                s.ticket_id,
                s.user_id,
                s.load_id,
                s.line_number,
                s.opened_at
            FROM staging.stg_tickets AS s
            WHERE EXISTS (SELECT 1 FROM #judged AS j WHERE j.ticket_id = s.ticket_id AND j.rule_name IS NULL)
        ) AS v;

        INSERT INTO staging.duplicates
        (
            source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
            recorded_at
        )
        SELECT
            'tickets' AS source,
            l.load_id,
            l.line_number,
            'older_version' AS rule_name,
            l.ticket_id AS key_value,
            NULL AS variation_id,
            k.load_id AS kept_load_id,
            k.line_number AS kept_line_number,
            @now AS recorded_at
        FROM #versions AS l
        INNER JOIN #versions AS k
            ON k.ticket_id = l.ticket_id
        WHERE l.place > 1 AND k.place = 1;

        DELETE s
        FROM staging.stg_tickets AS s
        INNER JOIN #versions AS v
            ON v.ticket_id = s.ticket_id;

        INSERT INTO staging.stg_tickets (ticket_id, user_id, load_id, line_number, opened_at)
        SELECT
            v.ticket_id,
            v.user_id,
            v.load_id,
            v.line_number,
            v.opened_at
        FROM #versions AS v
        WHERE v.place = 1;

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

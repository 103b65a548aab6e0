/*
Stages one finished load of events: exposures (event_name 'exposure') to staging.stg_experiment_exposures, all others to
staging.stg_conversion_events. Grain of both: event id, one id space for both; the latest version wins (by event time,
then load, then line). Rows that fail go to staging.quarantine with the first rule they break, outranked versions to
staging.duplicates. Running it again for a staged load does nothing; once staging.reprocess has opened the load again,
it takes the lines that are neither staged nor duplicates.
*/
CREATE OR ALTER PROCEDURE staging.load_events
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
    WHERE l.load_id = @load_id AND l.source = 'events' AND l.status = 'finished'
)
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of events.');
    THROW 50011, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        SELECT
            e.load_id,
            e.line_number,
            t.event_id,
            t.unit_id,
            t.event_name,
            t.experiment_id,
            t.variation_id,
            p.parsed_at AS event_at,
            v.parsed_value AS event_value,
            NULLIF(TRIM(e.attributes), '') AS attributes,
            CASE
                WHEN e.reject_rule IS NOT NULL THEN 'rejected_by_rule'
                WHEN t.event_id IS NULL THEN 'missing_event_id'
                WHEN t.unit_id IS NULL THEN 'missing_unit_id'
                WHEN t.event_name IS NULL THEN 'missing_event_name'
                WHEN t.event_name = 'exposure' AND t.experiment_id IS NULL THEN 'missing_experiment_id'
                WHEN t.event_name = 'exposure' AND t.variation_id IS NULL THEN 'missing_variation_id'
                WHEN p.parsed_at IS NULL THEN 'bad_timestamp'
                WHEN t.value_text IS NOT NULL AND v.parsed_value IS NULL THEN 'bad_number'
                WHEN DATALENGTH(t.event_id) > 128 OR DATALENGTH(t.unit_id) > 128
                    OR DATALENGTH(t.event_name) > 128 OR DATALENGTH(t.experiment_id) > 128
                    OR DATALENGTH(t.variation_id) > 128 THEN 'too_long'
            END AS rule_name,
            CASE
                WHEN e.reject_rule IS NOT NULL THEN e.reject_rule
                WHEN p.parsed_at IS NULL THEN e.event_at
                WHEN t.value_text IS NOT NULL AND v.parsed_value IS NULL THEN e.event_value
            END AS raw_value
        INTO #typed
        FROM raw.events AS e
        CROSS APPLY
        (
            SELECT
                NULLIF(TRIM(e.event_id), '') AS event_id,
                NULLIF(TRIM(e.unit_id), '') AS unit_id,
                NULLIF(TRIM(e.event_name), '') AS event_name,
                NULLIF(TRIM(e.experiment_id), '') AS experiment_id,
                NULLIF(TRIM(e.variation_id), '') AS variation_id,
                NULLIF(TRIM(e.event_at), '') AS time_text,
                NULLIF(TRIM(e.event_value), '') AS value_text
        ) AS t
        CROSS APPLY (SELECT TRANSLATE(t.time_text, '123456789', '000000000') AS time_shape) AS f
        CROSS APPLY staging.parse_timestamp(t.time_text, f.time_shape) AS p
        CROSS APPLY staging.parse_number(t.value_text) AS v
        WHERE e.load_id = @load_id;

        /* Once staging.reprocess has opened the load again, only what is neither staged nor a duplicate is new. */
        SELECT
            d.line_number
        INTO #done
        FROM staging.duplicates AS d
        WHERE d.load_id = @load_id
        UNION ALL
        SELECT
            s.line_number
        FROM staging.stg_conversion_events AS s
        WHERE s.load_id = @load_id
        UNION ALL
        SELECT
            s.line_number
        FROM staging.stg_experiment_exposures AS s
        WHERE s.load_id = @load_id;
        IF EXISTS (SELECT 1 FROM #done AS d)
            DELETE t
            FROM #typed AS t
            INNER JOIN #done AS d
                ON d.line_number = t.line_number;

        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'events' AS source,
            t.load_id,
            t.line_number,
            t.rule_name,
            CASE t.rule_name
                WHEN 'missing_event_id' THEN 'event_id'
                WHEN 'missing_unit_id' THEN 'unit_id'
                WHEN 'missing_event_name' THEN 'event_name'
                WHEN 'missing_experiment_id' THEN 'experiment_id'
                WHEN 'missing_variation_id' THEN 'variation_id'
                WHEN 'bad_timestamp' THEN 'event_at'
                WHEN 'bad_number' THEN 'event_value'
            END AS column_name,
            CASE WHEN t.rule_name IN ('rejected_by_rule', 'bad_timestamp', 'bad_number') THEN t.raw_value END
                AS raw_value,
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
            FROM staging.stg_conversion_events AS s
            INNER JOIN #typed AS t
                ON t.event_id = s.event_id
            WHERE t.rule_name IS NULL
            UNION
            SELECT
                s.event_id
            FROM staging.stg_experiment_exposures AS s
            INNER JOIN #typed AS t
                ON t.event_id = s.event_id
            WHERE t.rule_name IS NULL
        ) AS r;

        SELECT
            c.event_id,
            c.load_id,
            c.line_number,
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
            FROM staging.stg_conversion_events AS s
            INNER JOIN #repeated AS r
                ON r.event_id = s.event_id
            UNION ALL
            SELECT
                s.event_id,
                s.exposed_at AS event_at,
                s.load_id,
                s.line_number
            FROM staging.stg_experiment_exposures AS s
            INNER JOIN #repeated AS r
                ON r.event_id = s.event_id
        ) AS c;

        INSERT INTO staging.duplicates
        (
            source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
            recorded_at
        )
        SELECT
            'events' AS source,
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
        FROM staging.stg_conversion_events AS s
        INNER JOIN #ranked AS l
            ON l.load_id = s.load_id AND l.line_number = s.line_number
        WHERE l.place > 1;

        DELETE s
        FROM staging.stg_experiment_exposures AS s
        INNER JOIN #ranked AS l
            ON l.load_id = s.load_id AND l.line_number = s.line_number
        WHERE l.place > 1;

        INSERT INTO staging.stg_experiment_exposures
            (event_id, experiment_id, unit_id, variation_id, load_id, line_number, exposed_at)
        SELECT
            t.event_id,
            t.experiment_id,
            t.unit_id,
            t.variation_id,
            t.load_id,
            t.line_number,
            t.event_at AS exposed_at
        FROM #typed AS t
        WHERE t.rule_name IS NULL
            AND t.event_name = 'exposure'
            AND NOT EXISTS
            (
                SELECT 1
                FROM #ranked AS l
                WHERE l.load_id = t.load_id AND l.line_number = t.line_number AND l.place > 1
            );

        INSERT INTO staging.stg_conversion_events
            (event_id, unit_id, load_id, line_number, event_name, attributes, event_value, event_at)
        SELECT
            t.event_id,
            t.unit_id,
            t.load_id,
            t.line_number,
            t.event_name,
            t.attributes,
            t.event_value,
            t.event_at
        FROM #typed AS t
        WHERE t.rule_name IS NULL
            AND t.event_name <> 'exposure'
            AND NOT EXISTS
            (
                SELECT 1
                FROM #ranked AS l
                WHERE l.load_id = t.load_id AND l.line_number = t.line_number AND l.place > 1
            );

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

/*
Stages one finished load of unit attributes. Grain of the target: unit x attribute x time from which the value holds;
for the same three the latest load, then line, wins. A value without a time holds from the beginning. Rows that fail go
to staging.quarantine with the first rule they break, outranked rows to staging.duplicates. Running it again for a
staged load does nothing; once staging.reprocess has opened the load again, it takes the lines that are neither staged
nor duplicates.
*/
CREATE OR ALTER PROCEDURE staging.load_unit_attributes
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
    WHERE l.load_id = @load_id AND l.source = 'unit_attributes' AND l.status = 'finished'
)
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of unit_attributes.');
    THROW 50012, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        SELECT
            a.load_id,
            a.line_number,
            t.unit_id,
            t.attribute,
            t.attribute_value,
            CASE
                WHEN t.time_text IS NULL THEN CAST('0001-01-01' AS datetime2(6))
                ELSE p.parsed_at
            END AS valid_from,
            CASE
                WHEN a.reject_rule IS NOT NULL THEN 'rejected_by_rule'
                WHEN t.unit_id IS NULL THEN 'missing_unit_id'
                WHEN t.attribute IS NULL THEN 'missing_attribute'
                WHEN t.attribute_value IS NULL THEN 'missing_value'
                WHEN t.time_text IS NOT NULL AND p.parsed_at IS NULL THEN 'bad_timestamp'
                WHEN DATALENGTH(t.unit_id) > 128 OR DATALENGTH(t.attribute) > 128
                    OR DATALENGTH(t.attribute_value) > 400 THEN 'too_long'
            END AS rule_name,
            CASE
                WHEN a.reject_rule IS NOT NULL THEN a.reject_rule
                WHEN t.time_text IS NOT NULL AND p.parsed_at IS NULL THEN a.valid_from
            END AS raw_value
        INTO #typed
        FROM raw.unit_attributes AS a
        CROSS APPLY
        (
            SELECT
                NULLIF(TRIM(a.unit_id), '') AS unit_id,
                NULLIF(TRIM(a.attribute), '') AS attribute,
                NULLIF(TRIM(a.attribute_value), '') AS attribute_value,
                NULLIF(TRIM(a.valid_from), '') AS time_text
        ) AS t
        CROSS APPLY (SELECT TRANSLATE(t.time_text, '123456789', '000000000') AS time_shape) AS f
        CROSS APPLY staging.parse_timestamp(t.time_text, f.time_shape) AS p
        WHERE a.load_id = @load_id;

        /* Once staging.reprocess has opened the load again, only what is neither staged nor a duplicate is new. */
        SELECT
            d.line_number
        INTO #done
        FROM staging.duplicates AS d
        WHERE d.load_id = @load_id
        UNION ALL
        SELECT
            s.line_number
        FROM staging.stg_unit_attributes AS s
        WHERE s.load_id = @load_id;
        IF EXISTS (SELECT 1 FROM #done AS d)
            DELETE t
            FROM #typed AS t
            INNER JOIN #done AS d
                ON d.line_number = t.line_number;

        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'unit_attributes' AS source,
            t.load_id,
            t.line_number,
            t.rule_name,
            CASE t.rule_name
                WHEN 'missing_unit_id' THEN 'unit_id'
                WHEN 'missing_attribute' THEN 'attribute'
                WHEN 'missing_value' THEN 'attribute_value'
                WHEN 'bad_timestamp' THEN 'valid_from'
            END AS column_name,
            t.raw_value,
            @now AS quarantined_at
        FROM #typed AS t
        WHERE t.rule_name IS NOT NULL;

        SELECT
            c.unit_id,
            c.attribute,
            c.valid_from,
            c.load_id,
            c.line_number,
            ROW_NUMBER() OVER
            (
                PARTITION BY c.unit_id, c.attribute, c.valid_from
                ORDER BY c.load_id DESC, c.line_number DESC
            ) AS place
        INTO #ranked
        FROM
        (
            SELECT
                t.unit_id,
                t.attribute,
                t.valid_from,
                t.load_id,
                t.line_number
            FROM #typed AS t
            WHERE t.rule_name IS NULL
            UNION ALL
            SELECT
                s.unit_id,
                s.attribute,
                s.valid_from,
                s.load_id,
                s.line_number
            FROM staging.stg_unit_attributes AS s
            WHERE EXISTS
            (
                SELECT 1
                FROM #typed AS t
                WHERE t.rule_name IS NULL
                    AND t.unit_id = s.unit_id
                    AND t.attribute = s.attribute
                    AND t.valid_from = s.valid_from
            )
        ) AS c;

        INSERT INTO staging.duplicates
        (
            source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
            recorded_at
        )
        SELECT
            'unit_attributes' AS source,
            l.load_id,
            l.line_number,
            'older_version' AS rule_name,
            CONCAT(l.unit_id, ' ', l.attribute) AS key_value,
            NULL AS variation_id,
            w.load_id AS kept_load_id,
            w.line_number AS kept_line_number,
            @now AS recorded_at
        FROM #ranked AS l
        INNER JOIN #ranked AS w
            ON w.unit_id = l.unit_id AND w.attribute = l.attribute AND w.valid_from = l.valid_from
        WHERE l.place > 1 AND w.place = 1;

        DELETE s
        FROM staging.stg_unit_attributes AS s
        INNER JOIN #ranked AS l
            ON l.load_id = s.load_id AND l.line_number = s.line_number
        WHERE l.place > 1;

        INSERT INTO staging.stg_unit_attributes
            (unit_id, attribute, attribute_value, load_id, line_number, valid_from)
        SELECT
            t.unit_id,
            t.attribute,
            t.attribute_value,
            t.load_id,
            t.line_number,
            t.valid_from
        FROM #typed AS t
        INNER JOIN #ranked AS r
            ON r.load_id = t.load_id AND r.line_number = t.line_number
        WHERE r.place = 1;

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

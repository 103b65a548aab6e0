/*
Stages one finished load of assignments. Grain of the target: experiment x unit, the first assignment (by time, then
load, then line). Rows that fail go to staging.quarantine with the first rule they break, rows that come later than the
canonical one to staging.duplicates. Running it again for a staged load does nothing; once staging.reprocess has opened
the load again, it takes the lines that are neither staged nor duplicates.
*/
CREATE OR ALTER PROCEDURE staging.load_assignments
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
    WHERE l.load_id = @load_id AND l.source = 'assignments' AND l.status = 'finished'
)
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of assignments.');
    THROW 50010, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        SELECT
            a.load_id,
            a.line_number,
            t.experiment_id,
            t.unit_id,
            t.variation_id,
            p.parsed_at AS assigned_at,
            a.assigned_at AS raw_assigned_at,
            CASE
                WHEN a.reject_rule IS NOT NULL THEN 'rejected_by_rule'
                WHEN t.unit_id IS NULL THEN 'missing_unit_id'
                WHEN t.experiment_id IS NULL THEN 'missing_experiment_id'
                WHEN t.variation_id IS NULL THEN 'missing_variation_id'
                WHEN p.parsed_at IS NULL THEN 'bad_timestamp'
                WHEN DATALENGTH(t.unit_id) > 128 OR DATALENGTH(t.experiment_id) > 128
                    OR DATALENGTH(t.variation_id) > 128 THEN 'too_long'
            END AS rule_name,
            a.reject_rule
        INTO #typed
        FROM raw.assignments AS a
        CROSS APPLY
        (
            SELECT
                NULLIF(TRIM(a.experiment_id), '') AS experiment_id,
                NULLIF(TRIM(a.unit_id), '') AS unit_id,
                NULLIF(TRIM(a.variation_id), '') AS variation_id,
                NULLIF(TRIM(a.assigned_at), '') AS assigned_text
        ) AS t
        CROSS APPLY (SELECT TRANSLATE(t.assigned_text, '123456789', '000000000') AS time_shape) AS f
        CROSS APPLY staging.parse_timestamp(t.assigned_text, f.time_shape) AS p
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
        FROM staging.stg_experiment_assignments AS s
        WHERE s.load_id = @load_id;
        IF EXISTS (SELECT 1 FROM #done AS d)
            DELETE t
            FROM #typed AS t
            INNER JOIN #done AS d
                ON d.line_number = t.line_number;

        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'assignments' AS source,
            t.load_id,
            t.line_number,
            t.rule_name,
            CASE t.rule_name
                WHEN 'missing_unit_id' THEN 'unit_id'
                WHEN 'missing_experiment_id' THEN 'experiment_id'
                WHEN 'missing_variation_id' THEN 'variation_id'
                WHEN 'bad_timestamp' THEN 'assigned_at'
            END AS column_name,
            CASE t.rule_name
                WHEN 'rejected_by_rule' THEN t.reject_rule
                WHEN 'bad_timestamp' THEN t.raw_assigned_at
                WHEN 'too_long'
                    THEN CAST(CONCAT(t.experiment_id, ',', t.unit_id, ',', t.variation_id) AS varchar(4000))
            END AS raw_value,
            @now AS quarantined_at
        FROM #typed AS t
        WHERE t.rule_name IS NOT NULL;

        /* Units that need a choice: named twice in this load, or assigned before it. */
        SELECT
            r.experiment_id,
            r.unit_id
        INTO #repeated
        FROM
        (
            SELECT
                t.experiment_id,
                t.unit_id
            FROM #typed AS t
            WHERE t.rule_name IS NULL
            GROUP BY t.experiment_id, t.unit_id
            HAVING COUNT_BIG(*) > 1
            UNION
            SELECT
                s.experiment_id,
                s.unit_id
            FROM staging.stg_experiment_assignments AS s
            INNER JOIN #typed AS t
                ON t.experiment_id = s.experiment_id AND t.unit_id = s.unit_id
            WHERE t.rule_name IS NULL
        ) AS r;

        SELECT
            c.experiment_id,
            c.unit_id,
            c.variation_id,
            c.assigned_at,
            c.load_id,
            c.line_number,
            c.min_variation_id,
            c.max_variation_id,
            c.assignment_count,
            ROW_NUMBER() OVER
            (
                PARTITION BY c.experiment_id, c.unit_id
                ORDER BY c.assigned_at, c.load_id, c.line_number
            ) AS place
        INTO #ranked
        FROM
        (
            SELECT
                t.experiment_id,
                t.unit_id,
                t.variation_id,
                t.assigned_at,
                t.load_id,
                t.line_number,
                t.variation_id AS min_variation_id,
                t.variation_id AS max_variation_id,
                CAST(1 AS bigint) AS assignment_count
            FROM #typed AS t
            INNER JOIN #repeated AS r
                ON r.experiment_id = t.experiment_id AND r.unit_id = t.unit_id
            WHERE t.rule_name IS NULL
            UNION ALL
            SELECT
                s.experiment_id,
                s.unit_id,
                s.variation_id,
                s.assigned_at,
                s.load_id,
                s.line_number,
                s.min_variation_id,
                s.max_variation_id,
                s.assignment_count
            FROM staging.stg_experiment_assignments AS s
            INNER JOIN #repeated AS r
                ON r.experiment_id = s.experiment_id AND r.unit_id = s.unit_id
        ) AS c;

        INSERT INTO staging.duplicates
        (
            source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
            recorded_at
        )
        SELECT
            'assignments' AS source,
            l.load_id,
            l.line_number,
            'later_assignment' AS rule_name,
            CONCAT(l.experiment_id, '/', l.unit_id) AS key_value,
            l.variation_id,
            w.load_id AS kept_load_id,
            w.line_number AS kept_line_number,
            @now AS recorded_at
        FROM #ranked AS l
        INNER JOIN #ranked AS w
            ON w.experiment_id = l.experiment_id AND w.unit_id = l.unit_id
        WHERE l.place > 1 AND w.place = 1;

        DELETE s
        FROM staging.stg_experiment_assignments AS s
        INNER JOIN #repeated AS r
            ON r.experiment_id = s.experiment_id AND r.unit_id = s.unit_id;

        INSERT INTO staging.stg_experiment_assignments
        (
            experiment_id, unit_id, variation_id, load_id, line_number, min_variation_id, max_variation_id,
            assignment_count, is_conflict, assigned_at
        )
        SELECT
            t.experiment_id,
            t.unit_id,
            t.variation_id,
            t.load_id,
            t.line_number,
            t.variation_id AS min_variation_id,
            t.variation_id AS max_variation_id,
            1 AS assignment_count,
            0 AS is_conflict,
            t.assigned_at
        FROM #typed AS t
        WHERE t.rule_name IS NULL
            AND NOT EXISTS
            (
                SELECT 1
                FROM #repeated AS r
                WHERE r.experiment_id = t.experiment_id AND r.unit_id = t.unit_id
            );

        INSERT INTO staging.stg_experiment_assignments
        (
            experiment_id, unit_id, variation_id, load_id, line_number, min_variation_id, max_variation_id,
            assignment_count, is_conflict, assigned_at
        )
        SELECT
            w.experiment_id,
            w.unit_id,
            w.variation_id,
            w.load_id,
            w.line_number,
            g.min_variation_id,
            g.max_variation_id,
            g.assignment_count,
            CASE WHEN g.min_variation_id <> g.max_variation_id THEN 1 ELSE 0 END AS is_conflict,
            w.assigned_at
        FROM #ranked AS w
        INNER JOIN
        (
            SELECT
                k.experiment_id,
                k.unit_id,
                MIN(k.min_variation_id) AS min_variation_id,
                MAX(k.max_variation_id) AS max_variation_id,
                SUM(k.assignment_count) AS assignment_count
            FROM #ranked AS k
            GROUP BY k.experiment_id, k.unit_id
        ) AS g
            ON g.experiment_id = w.experiment_id AND g.unit_id = w.unit_id
        WHERE w.place = 1;

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

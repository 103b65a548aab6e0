/*
Brings marts.filter_events up to date: for every metric version of the catalog whose filters no earlier version has, the
staged events that meet all of them, of each load that it has not judged since the load was staged and the filters were
written. Attributes are those of marts.event_attributes. Repeating it adds nothing.
*/
CREATE OR ALTER PROCEDURE marts.load_filter_events
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    SELECT
        o.metric_id AS filter_metric_id,
        o.metric_version AS filter_metric_version,
        d.event_name,
        l.load_id,
        l.staged_at,
        CAST(o.filter_text AS varchar(4000)) AS filter_text
    INTO #missing
    FROM catalog.filter_owners AS o
    INNER JOIN catalog.metric_definitions AS d
        ON d.metric_id = o.metric_id AND d.metric_version = o.metric_version
    CROSS JOIN ops.load_log AS l
    WHERE o.filter_metric_id = o.metric_id
        AND o.filter_metric_version = o.metric_version
        AND l.status = 'finished'
        AND l.staged_at IS NOT NULL
        AND NOT EXISTS
        (
            SELECT 1
            FROM marts.filter_event_loads AS k
            WHERE k.filter_metric_id = o.metric_id
                AND k.filter_metric_version = o.metric_version
                AND k.load_id = l.load_id
                AND k.staged_at = l.staged_at
                AND k.filter_text = CAST(o.filter_text AS varchar(4000))
        );

    DELETE f
    FROM marts.filter_events AS f
    INNER JOIN #missing AS m
        ON m.filter_metric_id = f.filter_metric_id
        AND m.filter_metric_version = f.filter_metric_version
        AND m.load_id = f.load_id;
    DELETE k
    FROM marts.filter_event_loads AS k
    INNER JOIN #missing AS m
        ON m.filter_metric_id = k.filter_metric_id
        AND m.filter_metric_version = k.filter_metric_version
        AND m.load_id = k.load_id;

    WITH conditions AS
    (
        SELECT
            m.filter_metric_id,
            m.filter_metric_version,
            m.event_name,
            m.load_id,
            f.filter_number,
            f.attribute,
            f.operator,
            f.text_value,
            f.low_value,
            f.high_value
        FROM #missing AS m
        INNER JOIN catalog.metric_filters AS f
            ON f.metric_id = m.filter_metric_id AND f.metric_version = m.filter_metric_version
    ),
    matched AS
    (
        SELECT
            c.filter_metric_id,
            c.filter_metric_version,
            c.filter_number,
            a.load_id,
            a.line_number
        FROM marts.event_attributes AS a
        INNER JOIN conditions AS c
            ON c.load_id = a.load_id
            AND c.event_name = a.event_name
            AND c.attribute = a.attribute
            AND c.text_value = a.attribute_value
        WHERE c.operator IN ('equals', 'in')
        UNION ALL
        SELECT
            c.filter_metric_id,
            c.filter_metric_version,
            c.filter_number,
            a.load_id,
            a.line_number
        FROM marts.event_attributes AS a
        INNER JOIN conditions AS c
            ON c.load_id = a.load_id AND c.event_name = a.event_name AND c.attribute = a.attribute
        WHERE c.operator = 'is_null' AND a.attribute_value IS NULL
        UNION ALL
        SELECT
            c.filter_metric_id,
            c.filter_metric_version,
            c.filter_number,
            a.load_id,
            a.line_number
        FROM marts.event_attributes AS a
        INNER JOIN conditions AS c
            ON c.load_id = a.load_id AND c.event_name = a.event_name AND c.attribute = a.attribute
        WHERE c.operator = 'not_null' AND a.attribute_value IS NOT NULL
        UNION ALL
        SELECT
            c.filter_metric_id,
            c.filter_metric_version,
            c.filter_number,
            a.load_id,
            a.line_number
        FROM marts.event_attributes AS a
        INNER JOIN conditions AS c
            ON c.load_id = a.load_id AND c.event_name = a.event_name AND c.attribute = a.attribute
        CROSS APPLY staging.parse_number(NULLIF(TRIM(a.attribute_value), '')) AS v
        WHERE c.operator = 'range'
            AND v.parsed_value >= COALESCE(CAST(c.low_value AS float), -1.7e308)
            AND v.parsed_value < COALESCE(CAST(c.high_value AS float), 1.7e308)
    ),
    needed AS
    (
        SELECT
            f.metric_id,
            f.metric_version,
            COUNT_BIG(DISTINCT f.filter_number) AS filter_count
        FROM catalog.metric_filters AS f
        GROUP BY f.metric_id, f.metric_version
    ),
    counted AS
    (
        SELECT
            m.filter_metric_id,
            m.filter_metric_version,
            m.load_id,
            m.line_number,
            COUNT_BIG(DISTINCT m.filter_number) AS filter_count
        FROM matched AS m
        GROUP BY m.filter_metric_id, m.filter_metric_version, m.load_id, m.line_number
    )
    INSERT INTO marts.filter_events (filter_metric_id, filter_metric_version, load_id, line_number)
    SELECT
        c.filter_metric_id,
        c.filter_metric_version,
        c.load_id,
        c.line_number
    FROM counted AS c
    INNER JOIN needed AS n
        ON n.metric_id = c.filter_metric_id
        AND n.metric_version = c.filter_metric_version
        AND n.filter_count = c.filter_count;

    INSERT INTO marts.filter_event_loads (filter_metric_id, filter_metric_version, load_id, filter_text, staged_at)
    SELECT
        m.filter_metric_id,
        m.filter_metric_version,
        m.load_id,
        m.filter_text,
        m.staged_at
    FROM #missing AS m;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Extracts to marts.event_attributes what the catalog names (catalog.event_attributes), of every load that it has not been
extracted from since the load was staged: JSON is read once an event and attribute, never by a metric. Repeating it adds
nothing. A value beyond 400 bytes is cut.
*/
CREATE OR ALTER PROCEDURE marts.load_event_attributes
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    SELECT
        l.load_id,
        l.staged_at,
        a.event_name,
        a.attribute,
        CONCAT('$."', a.attribute, '"') AS attribute_path
    INTO #missing
    FROM catalog.event_attributes AS a
    CROSS JOIN ops.load_log AS l
    WHERE l.status = 'finished'
        AND l.staged_at IS NOT NULL
        AND NOT EXISTS
        (
            SELECT 1
            FROM marts.event_attribute_loads AS d
            WHERE d.event_name = a.event_name
                AND d.attribute = a.attribute
                AND d.load_id = l.load_id
                AND d.staged_at = l.staged_at
        );

    DELETE v
    FROM marts.event_attributes AS v
    INNER JOIN #missing AS m
        ON m.event_name = v.event_name AND m.attribute = v.attribute AND m.load_id = v.load_id;
    DELETE d
    FROM marts.event_attribute_loads AS d
    INNER JOIN #missing AS m
        ON m.event_name = d.event_name AND m.attribute = d.attribute AND m.load_id = d.load_id;

    INSERT INTO marts.event_attributes (load_id, line_number, event_name, attribute, attribute_value)
    SELECT
        e.load_id,
        e.line_number,
        m.event_name,
        m.attribute,
        CAST(JSON_VALUE(e.attributes, m.attribute_path) AS varchar(400)) AS attribute_value
    FROM marts.fct_metric_events AS e
    INNER JOIN #missing AS m
        ON m.event_name = e.event_name AND m.load_id = e.load_id;

    INSERT INTO marts.event_attribute_loads (load_id, event_name, attribute, staged_at)
    SELECT
        m.load_id,
        m.event_name,
        m.attribute,
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

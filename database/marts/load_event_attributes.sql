/*
Extracts to marts.event_attributes what the catalog names (catalog.event_attributes), of every load that it has not been
extracted from since the load was staged: from the JSON of an event, or from the columns in catalog.source_attributes.
A text is read once an event and attribute, never by a metric; anew where a column is looked up in reference data that
have changed. Thresholds and bots do not matter here: plays have the attributes of a skip even where they are none.
Repeating it adds nothing. A value beyond 400 bytes is cut.
*/
CREATE OR ALTER PROCEDURE marts.load_event_attributes
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @references varchar(4000);
DECLARE @is_behind int = 1;
SELECT
    @references = CONCAT('profiles ', MAX(u.load_id), ' ', COUNT_BIG(*))
FROM staging.stg_scrobble_users AS u;
SELECT
    @references = CONCAT
    (
        @references,
        ', users ', MAX(CASE WHEN b.mart_name = 'dim_users' THEN b.built_at END),
        ', episodes ', MAX(CASE WHEN b.mart_name = 'dim_episodes' THEN b.built_at END),
        '.'
    )
FROM ops.mart_builds AS b;
IF EXISTS
(
    SELECT 1 FROM ops.mart_builds AS b WHERE b.mart_name = 'event_attributes' AND b.settings = @references
)
    SET @is_behind = 0;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    SELECT
        l.load_id,
        l.source,
        l.staged_at,
        a.event_name,
        a.attribute,
        COALESCE(s.is_reference, CAST(0 AS bit)) AS is_reference,
        CONCAT('$."', a.attribute, '"') AS attribute_path
    INTO #missing
    FROM catalog.event_attributes AS a
    CROSS JOIN ops.load_log AS l
    LEFT JOIN catalog.source_attributes AS s
        ON s.source = l.source AND s.attribute = a.attribute
    WHERE l.status = 'finished'
        AND l.staged_at IS NOT NULL
        AND
        (
            (s.is_reference = 1 AND @is_behind = 1)
            OR NOT EXISTS
            (
                SELECT 1
                FROM marts.event_attribute_loads AS d
                WHERE d.event_name = a.event_name
                    AND d.attribute = a.attribute
                    AND d.load_id = l.load_id
                    AND d.staged_at = l.staged_at
            )
        );

    DELETE v
    FROM marts.event_attributes AS v
    INNER JOIN #missing AS m
        ON m.event_name = v.event_name AND m.attribute = v.attribute AND m.load_id = v.load_id;
    DELETE d
    FROM marts.event_attribute_loads AS d
    INNER JOIN #missing AS m
        ON m.event_name = d.event_name AND m.attribute = d.attribute AND m.load_id = d.load_id;

    /* What filters made of looked up values is judged anew. */
    DELETE k
    FROM marts.filter_event_loads AS k
    INNER JOIN #missing AS m
        ON m.load_id = k.load_id
    WHERE m.is_reference = 1;
    DELETE FROM ops.mart_builds WHERE mart_name = 'event_attributes';
    INSERT INTO ops.mart_builds (mart_name, last_load_id, settings, built_at)
    VALUES ('event_attributes', 0, @references, @now);

    IF EXISTS (SELECT 1 FROM #missing AS m)
        INSERT INTO marts.event_attributes (load_id, line_number, event_name, attribute, attribute_value)
        SELECT
            e.load_id,
            e.line_number,
            m.event_name,
            m.attribute,
            CAST(JSON_VALUE(e.attributes, m.attribute_path) AS varchar(400)) AS attribute_value
        FROM staging.stg_conversion_events AS e
        INNER JOIN #missing AS m
            ON m.event_name = e.event_name AND m.load_id = e.load_id;

    IF EXISTS (SELECT 1 FROM #missing AS m WHERE m.source = 'commerce_events')
        INSERT INTO marts.event_attributes (load_id, line_number, event_name, attribute, attribute_value)
        SELECT
            e.load_id,
            e.line_number,
            m.event_name,
            m.attribute,
            CASE
                WHEN m.attribute = 'currency' THEN e.currency
                ELSE CAST(JSON_VALUE(e.attributes, m.attribute_path) AS varchar(400))
            END AS attribute_value
        FROM staging.stg_commerce_events AS e
        INNER JOIN #missing AS m
            ON m.event_name = e.event_type AND m.load_id = e.load_id;

    IF EXISTS
    (
        SELECT 1 FROM #missing AS m WHERE m.source = 'scrobbles' AND m.event_name IN ('play', 'skip')
    )
        INSERT INTO marts.event_attributes (load_id, line_number, event_name, attribute, attribute_value)
        SELECT
            p.load_id,
            p.line_number,
            m.event_name,
            m.attribute,
            CAST
            (
                CASE m.attribute
                    WHEN 'artist' THEN p.artist_name
                    WHEN 'track' THEN p.track_name
                    WHEN 'album' THEN p.album_name
                    WHEN 'country' THEN u.country
                    WHEN 'gender' THEN u.gender
                END AS varchar(400)
            ) AS attribute_value
        FROM staging.scrobble_plays AS p
        INNER JOIN #missing AS m
            ON m.load_id = p.load_id
        LEFT JOIN staging.stg_scrobble_users AS u
            ON u.user_id = p.user_id
        WHERE m.source = 'scrobbles' AND m.event_name IN ('play', 'skip');

    IF EXISTS (SELECT 1 FROM #missing AS m WHERE m.source = 'podcast_events')
        INSERT INTO marts.event_attributes (load_id, line_number, event_name, attribute, attribute_value)
        SELECT
            s.load_id,
            s.line_number,
            m.event_name,
            m.attribute,
            CASE m.attribute
                WHEN 'episode_id' THEN s.episode_id
                WHEN 'podcast_id' THEN e.podcast_id
                WHEN 'country' THEN u.country
                WHEN 'plan_name' THEN u.plan_name
            END AS attribute_value
        FROM staging.cleansed_podcast_events AS s
        INNER JOIN #missing AS m
            ON m.load_id = s.load_id AND m.event_name = CONCAT('podcast_', s.event_type)
        LEFT JOIN marts.dim_users AS u
            ON u.user_id = s.user_id
                AND s.event_at >= u.valid_from
                AND s.event_at < COALESCE(u.valid_to, CAST('9999-12-31' AS datetime2(6)))
        LEFT JOIN marts.dim_episodes AS e
            ON e.episode_id = s.episode_id
                AND s.event_at >= e.valid_from
                AND s.event_at < COALESCE(e.valid_to, CAST('9999-12-31' AS datetime2(6)));

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

/*
One row an event that only a source whose files are loaded gives, and an attribute of it; the attribute is NULL where it
has none. Commerce events are not among them: what the file of one knows besides is an attribute too.
*/
CREATE OR ALTER VIEW catalog.source_events
AS
WITH named AS
(
    SELECT
        v.event_name,
        v.source,
        v.attribute_source
    FROM
    (
        VALUES
            ('play', 'scrobbles', 'scrobbles'),
            ('skip', 'scrobbles', 'scrobbles'),
            ('session', 'scrobbles', NULL),
            ('session_tracks', 'scrobbles', NULL)
    ) AS v (event_name, source, attribute_source)
    UNION ALL
    SELECT
        CONCAT('podcast_', t.event_type) AS event_name,
        'podcast_events' AS source,
        'podcast_events' AS attribute_source
    FROM catalog.podcast_event_types AS t
)
SELECT
    n.event_name,
    n.source,
    a.attribute
FROM named AS n
LEFT JOIN catalog.source_attributes AS a
    ON a.source = n.attribute_source
WHERE EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.source = n.source AND l.status = 'finished');
GO

/* One row an event and attribute that the catalog reads: of a filter, or of a count of distinct values. */
CREATE OR ALTER VIEW catalog.event_attributes
AS
SELECT
    d.event_name,
    f.attribute
FROM catalog.metric_filters AS f
INNER JOIN catalog.metric_definitions AS d
    ON d.metric_id = f.metric_id AND d.metric_version = f.metric_version
WHERE d.event_name IS NOT NULL
UNION
SELECT
    d.event_name,
    d.distinct_attribute AS attribute
FROM catalog.metric_definitions AS d
WHERE d.event_name IS NOT NULL AND d.distinct_attribute IS NOT NULL;
GO

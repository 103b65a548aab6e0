/*
One row a metric version and part: y (the value of a unit, or the numerator of a ratio), d (the denominator), x and w
(the covariates of y and d, counted before the anchor). part_metric_id names the definition that the part is read from;
an event is read once for all parts that agree in event, filters, distinct attribute and window. A metric of type mean,
proportion, retention or time_to_event has the part y; a quantile has y (the sum of the values) and d (their number),
for its mean; a ratio has those of its numerator and denominator. Caps belong to y and x alone.
*/
CREATE OR ALTER VIEW catalog.metric_parts
AS
WITH referred AS
(
    SELECT
        d.metric_id,
        d.metric_version,
        'y' AS part_name,
        COALESCE(d.numerator_metric_id, d.metric_id) AS part_metric_id,
        COALESCE(d.numerator_metric_version, d.metric_version) AS part_metric_version,
        CAST(NULL AS float) AS covariate_hours
    FROM catalog.metric_definitions AS d
    UNION ALL
    SELECT
        d.metric_id,
        d.metric_version,
        'd' AS part_name,
        COALESCE(d.denominator_metric_id, d.metric_id) AS part_metric_id,
        COALESCE(d.denominator_metric_version, d.metric_version) AS part_metric_version,
        CAST(NULL AS float) AS covariate_hours
    FROM catalog.metric_definitions AS d
    WHERE d.metric_type IN ('ratio', 'quantile')
    UNION ALL
    SELECT
        d.metric_id,
        d.metric_version,
        'x' AS part_name,
        COALESCE(c.numerator_metric_id, c.metric_id) AS part_metric_id,
        COALESCE(c.numerator_metric_version, c.metric_version) AS part_metric_version,
        d.covariate_hours
    FROM catalog.metric_definitions AS d
    INNER JOIN catalog.metric_definitions AS c
        ON c.metric_id = COALESCE(d.covariate_metric_id, d.metric_id)
        AND c.metric_version = COALESCE(d.covariate_metric_version, d.metric_version)
    WHERE d.covariate_hours IS NOT NULL
    UNION ALL
    SELECT
        d.metric_id,
        d.metric_version,
        'w' AS part_name,
        c.denominator_metric_id AS part_metric_id,
        c.denominator_metric_version AS part_metric_version,
        d.covariate_hours
    FROM catalog.metric_definitions AS d
    INNER JOIN catalog.metric_definitions AS c
        ON c.metric_id = COALESCE(d.covariate_metric_id, d.metric_id)
        AND c.metric_version = COALESCE(d.covariate_metric_version, d.metric_version)
    WHERE d.covariate_hours IS NOT NULL AND d.metric_type = 'ratio' AND c.metric_type = 'ratio'
)
SELECT
    r.metric_id,
    r.metric_version,
    r.part_name,
    r.part_metric_id,
    r.part_metric_version,
    m.metric_type,
    p.event_name,
    o.filter_metric_id,
    o.filter_metric_version,
    CASE WHEN p.aggregation = 'distinct_values' THEN p.distinct_attribute END AS distinct_attribute,
    CASE
        WHEN m.metric_type = 'quantile' AND r.part_name = 'y' THEN 'sum'
        WHEN m.metric_type = 'quantile' THEN 'value_count'
        WHEN m.metric_type = 'time_to_event' THEN 'first_time'
        WHEN p.metric_type = 'retention' THEN 'distinct_days'
        ELSE p.aggregation
    END AS aggregation,
    CASE
        WHEN p.metric_type IN ('proportion', 'retention') THEN COALESCE(p.threshold, 1e0)
    END AS threshold,
    CAST
    (
        ROUND
        (
            CASE WHEN r.covariate_hours IS NULL THEN p.window_start_hours ELSE -r.covariate_hours END * 3600e0, 0
        ) AS int
    ) AS window_start_seconds,
    CASE
        WHEN r.covariate_hours IS NULL THEN CAST(ROUND(p.window_end_hours * 3600e0, 0) AS int)
        ELSE 0
    END AS window_end_seconds,
    CASE
        WHEN r.covariate_hours IS NOT NULL OR m.maturity <> 'complete' THEN 0
        WHEN p.window_end_hours IS NULL THEN 0
        ELSE CAST(ROUND((p.window_end_hours + COALESCE(m.delay_hours, 0e0)) * 3600e0, 0) AS int)
    END AS mature_seconds,
    m.eligibility_hours,
    CASE WHEN r.part_name IN ('y', 'x') THEN p.cap_lower END AS cap_lower,
    CASE WHEN r.part_name IN ('y', 'x') THEN p.cap_upper END AS cap_upper,
    CASE WHEN r.part_name IN ('y', 'x') THEN p.winsor_lower END AS winsor_lower,
    CASE WHEN r.part_name IN ('y', 'x') THEN p.winsor_upper END AS winsor_upper,
    COALESCE(p.winsor_nonzero, 0) AS winsor_nonzero
FROM referred AS r
INNER JOIN catalog.metric_definitions AS m
    ON m.metric_id = r.metric_id AND m.metric_version = r.metric_version
INNER JOIN catalog.metric_definitions AS p
    ON p.metric_id = r.part_metric_id AND p.metric_version = r.part_metric_version
LEFT JOIN catalog.filter_owners AS o
    ON o.metric_id = p.metric_id AND o.metric_version = p.metric_version;
GO

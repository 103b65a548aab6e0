/*
One row a test of staging and the log of loads
and row that breaks it: the key of the offending row. quality.data_tests_staging lists the tests.
*/
CREATE OR ALTER VIEW quality.data_test_rows_staging
AS
SELECT
    CAST('assignments_blank_key' AS varchar(128)) AS test_name,
    CAST(CONCAT(a.experiment_id, ' ', a.unit_id) AS varchar(400)) AS offending_key
FROM staging.stg_experiment_assignments AS a
WHERE DATALENGTH(a.experiment_id) <> DATALENGTH(RTRIM(a.experiment_id)) OR a.experiment_id = ''
    OR DATALENGTH(a.unit_id) <> DATALENGTH(RTRIM(a.unit_id)) OR a.unit_id = ''
    OR DATALENGTH(a.variation_id) <> DATALENGTH(RTRIM(a.variation_id)) OR a.variation_id = ''
UNION ALL
SELECT
    'exposures_blank_key' AS test_name,
    CAST(CONCAT(e.event_id, ' ', e.unit_id) AS varchar(400)) AS offending_key
FROM staging.stg_experiment_exposures AS e
WHERE DATALENGTH(e.event_id) <> DATALENGTH(RTRIM(e.event_id)) OR e.event_id = ''
    OR DATALENGTH(e.experiment_id) <> DATALENGTH(RTRIM(e.experiment_id)) OR e.experiment_id = ''
    OR DATALENGTH(e.unit_id) <> DATALENGTH(RTRIM(e.unit_id)) OR e.unit_id = ''
    OR DATALENGTH(e.variation_id) <> DATALENGTH(RTRIM(e.variation_id)) OR e.variation_id = ''
UNION ALL
SELECT
    'events_blank_key' AS test_name,
    CAST(CONCAT(c.event_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM staging.stg_conversion_events AS c
WHERE DATALENGTH(c.event_id) <> DATALENGTH(RTRIM(c.event_id)) OR c.event_id = ''
    OR DATALENGTH(c.unit_id) <> DATALENGTH(RTRIM(c.unit_id)) OR c.unit_id = ''
    OR DATALENGTH(c.event_name) <> DATALENGTH(RTRIM(c.event_name)) OR c.event_name = ''
UNION ALL
SELECT
    'unit_attributes_blank_key' AS test_name,
    CAST(CONCAT(u.unit_id, ' ', u.attribute) AS varchar(400)) AS offending_key
FROM staging.stg_unit_attributes AS u
WHERE DATALENGTH(u.unit_id) <> DATALENGTH(RTRIM(u.unit_id)) OR u.unit_id = ''
    OR DATALENGTH(u.attribute) <> DATALENGTH(RTRIM(u.attribute)) OR u.attribute = ''
    OR DATALENGTH(u.attribute_value) <> DATALENGTH(RTRIM(u.attribute_value)) OR u.attribute_value = ''
UNION ALL
SELECT
    'assignments_unique' AS test_name,
    CAST(CONCAT(a.experiment_id, ' ', a.unit_id) AS varchar(400)) AS offending_key
FROM staging.stg_experiment_assignments AS a
GROUP BY a.experiment_id, a.unit_id
HAVING COUNT_BIG(*) > 1
UNION ALL
SELECT
    'exposures_unique' AS test_name,
    CAST(e.event_id AS varchar(400)) AS offending_key
FROM staging.stg_experiment_exposures AS e
GROUP BY e.event_id
HAVING COUNT_BIG(*) > 1
UNION ALL
SELECT
    'events_unique' AS test_name,
    CAST(c.event_id AS varchar(400)) AS offending_key
FROM staging.stg_conversion_events AS c
GROUP BY c.event_id
HAVING COUNT_BIG(*) > 1
UNION ALL
SELECT
    'unit_attributes_unique' AS test_name,
    CAST(CONCAT(u.unit_id, ' ', u.attribute) AS varchar(400)) AS offending_key
FROM staging.stg_unit_attributes AS u
GROUP BY u.unit_id, u.attribute, u.valid_from
HAVING COUNT_BIG(*) > 1
UNION ALL
SELECT
    'event_in_two_tables' AS test_name,
    CAST(c.event_id AS varchar(400)) AS offending_key
FROM staging.stg_conversion_events AS c
INNER JOIN staging.stg_experiment_exposures AS e
    ON e.event_id = c.event_id
UNION ALL
SELECT
    'assignments_experiment_known' AS test_name,
    CAST(a.experiment_id AS varchar(400)) AS offending_key
FROM staging.stg_experiment_assignments AS a
WHERE NOT EXISTS (SELECT 1 FROM catalog.experiments AS x WHERE x.experiment_id = a.experiment_id)
GROUP BY a.experiment_id
UNION ALL
SELECT
    'assignments_variation_known' AS test_name,
    CAST(CONCAT(a.experiment_id, ' ', a.variation_id) AS varchar(400)) AS offending_key
FROM staging.stg_experiment_assignments AS a
INNER JOIN catalog.experiments AS x
    ON x.experiment_id = a.experiment_id
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.experiment_variations AS v
    WHERE v.experiment_id = a.experiment_id AND v.variation_id = a.variation_id
)
GROUP BY a.experiment_id, a.variation_id
UNION ALL
SELECT
    'exposures_experiment_known' AS test_name,
    CAST(e.experiment_id AS varchar(400)) AS offending_key
FROM staging.stg_experiment_exposures AS e
WHERE NOT EXISTS (SELECT 1 FROM catalog.experiments AS x WHERE x.experiment_id = e.experiment_id)
GROUP BY e.experiment_id
UNION ALL
SELECT
    'exposures_variation_known' AS test_name,
    CAST(CONCAT(e.experiment_id, ' ', e.variation_id) AS varchar(400)) AS offending_key
FROM staging.stg_experiment_exposures AS e
INNER JOIN catalog.experiments AS x
    ON x.experiment_id = e.experiment_id
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.experiment_variations AS v
    WHERE v.experiment_id = e.experiment_id AND v.variation_id = e.variation_id
)
GROUP BY e.experiment_id, e.variation_id
UNION ALL
SELECT
    'assignments_conflict' AS test_name,
    CAST(CONCAT(a.experiment_id, ' ', a.unit_id) AS varchar(400)) AS offending_key
FROM staging.stg_experiment_assignments AS a
WHERE a.is_conflict = 1
UNION ALL
SELECT
    'assignments_conflict_flag' AS test_name,
    CAST(CONCAT(a.experiment_id, ' ', a.unit_id) AS varchar(400)) AS offending_key
FROM staging.stg_experiment_assignments AS a
WHERE (a.is_conflict = 1 AND a.min_variation_id = a.max_variation_id)
    OR (a.is_conflict = 0 AND a.min_variation_id <> a.max_variation_id)
    OR a.assignment_count < 1
UNION ALL
SELECT
    'assignments_time_range' AS test_name,
    CAST(CONCAT(a.experiment_id, ' ', a.unit_id) AS varchar(400)) AS offending_key
FROM staging.stg_experiment_assignments AS a
WHERE a.assigned_at < CAST('2000-01-01' AS datetime2(6)) OR a.assigned_at >= CAST('2100-01-01' AS datetime2(6))
UNION ALL
SELECT
    'exposures_time_range' AS test_name,
    CAST(e.event_id AS varchar(400)) AS offending_key
FROM staging.stg_experiment_exposures AS e
WHERE e.exposed_at < CAST('2000-01-01' AS datetime2(6)) OR e.exposed_at >= CAST('2100-01-01' AS datetime2(6))
UNION ALL
SELECT
    'events_time_range' AS test_name,
    CAST(c.event_id AS varchar(400)) AS offending_key
FROM staging.stg_conversion_events AS c
WHERE c.event_at < CAST('2000-01-01' AS datetime2(6)) OR c.event_at >= CAST('2100-01-01' AS datetime2(6))
UNION ALL
SELECT
    'events_value_range' AS test_name,
    CAST(c.event_id AS varchar(400)) AS offending_key
FROM staging.stg_conversion_events AS c
WHERE ABS(c.event_value) > 9e15
UNION ALL
SELECT
    'staged_load_finished' AS test_name,
    CAST(s.load_id AS varchar(400)) AS offending_key
FROM
(
    SELECT DISTINCT a.load_id
    FROM staging.stg_experiment_assignments AS a
    WHERE a.load_id <> 0
        OR NOT EXISTS (SELECT 1 FROM catalog.hash_assignments AS h WHERE h.experiment_id = a.experiment_id)
    UNION
    SELECT DISTINCT e.load_id FROM staging.stg_experiment_exposures AS e
    UNION
    SELECT DISTINCT c.load_id FROM staging.stg_conversion_events AS c
    UNION
    SELECT DISTINCT u.load_id FROM staging.stg_unit_attributes AS u
    UNION
    SELECT DISTINCT k.load_id FROM staging.quarantine AS k
    UNION
    SELECT DISTINCT d.load_id FROM staging.duplicates AS d
) AS s
WHERE NOT EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = s.load_id AND l.status = 'finished')
UNION ALL
SELECT
    'loads_balanced' AS test_name,
    CAST(CONCAT(r.load_id, ' ', r.source) AS varchar(400)) AS offending_key
FROM quality.reconciliation AS r
WHERE r.is_balanced = 0
UNION ALL
SELECT
    'loads_staged' AS test_name,
    CAST(CONCAT(l.load_id, ' ', l.source) AS varchar(400)) AS offending_key
FROM ops.load_log AS l
WHERE l.status = 'finished' AND l.staged_at IS NULL
UNION ALL
SELECT
    'loads_quarantine_rate' AS test_name,
    CAST(CONCAT(r.load_id, ' ', r.source) AS varchar(400)) AS offending_key
FROM quality.reconciliation AS r
INNER JOIN catalog.quality_thresholds AS q
    ON q.threshold_id = 'quarantine_rate_max'
WHERE CAST(r.quarantined_count AS float) > q.threshold_value * CAST(r.raw_count AS float)
UNION ALL
SELECT
    'duplicates_kept' AS test_name,
    CAST(CONCAT(d.load_id, ' ', d.line_number) AS varchar(400)) AS offending_key
FROM staging.duplicates AS d
WHERE (d.kept_load_id = d.load_id AND d.kept_line_number = d.line_number)
    OR NOT EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = d.kept_load_id)
UNION ALL
SELECT
    'sources_fresh' AS test_name,
    CAST(CONCAT(f.source, ' ', f.entity) AS varchar(400)) AS offending_key
FROM quality.freshness AS f
WHERE f.is_stale = 1;
GO

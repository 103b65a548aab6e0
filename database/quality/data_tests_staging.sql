/*
One row a test of staging and the log of loads:
how many rows break it, also where none does. The branch of quality.data_test_rows_staging with its name is its query.
*/
CREATE OR ALTER VIEW quality.data_tests_staging
AS
SELECT
    CAST(t.test_name AS varchar(128)) AS test_name,
    CAST(t.severity AS varchar(16)) AS severity,
    CAST(t.object_name AS varchar(256)) AS object_name,
    COALESCE(o.row_count, CAST(0 AS bigint)) AS offending_rows,
    CAST(t.description AS varchar(400)) AS description
FROM
(
    VALUES
    (
        'assignments_blank_key', 'error', 'staging.stg_experiment_assignments',
        'A text key is empty or ends in a blank: engines disagree whether it equals the key without it.'
    ),
    (
        'exposures_blank_key', 'error', 'staging.stg_experiment_exposures',
        'A text key is empty or ends in a blank: engines disagree whether it equals the key without it.'
    ),
    (
        'events_blank_key', 'error', 'staging.stg_conversion_events',
        'A text key is empty or ends in a blank: engines disagree whether it equals the key without it.'
    ),
    (
        'unit_attributes_blank_key', 'error', 'staging.stg_unit_attributes',
        'A text key is empty or ends in a blank: engines disagree whether it equals the key without it.'
    ),
    (
        'assignments_unique', 'error', 'staging.stg_experiment_assignments',
        'A unit has more than one row in an experiment.'
    ),
    (
        'exposures_unique', 'error', 'staging.stg_experiment_exposures',
        'An event_id has more than one row.'
    ),
    (
        'events_unique', 'error', 'staging.stg_conversion_events',
        'An event_id has more than one row.'
    ),
    (
        'unit_attributes_unique', 'error', 'staging.stg_unit_attributes',
        'A unit has more than one value of an attribute at one time.'
    ),
    (
        'event_in_two_tables', 'error', 'staging.stg_conversion_events',
        'An event_id is both an exposure and another event.'
    ),
    (
        'assignments_experiment_known', 'warning', 'staging.stg_experiment_assignments',
        'Units are assigned to an experiment that catalog.experiments lacks.'
    ),
    (
        'assignments_variation_known', 'error', 'staging.stg_experiment_assignments',
        'Units are assigned to a variation that the catalog lacks for that experiment.'
    ),
    (
        'exposures_experiment_known', 'warning', 'staging.stg_experiment_exposures',
        'Units are exposed to an experiment that catalog.experiments lacks.'
    ),
    (
        'exposures_variation_known', 'warning', 'staging.stg_experiment_exposures',
        'Units are exposed to a variation that the catalog lacks for that experiment.'
    ),
    (
        'assignments_conflict', 'warning', 'staging.stg_experiment_assignments',
        'A unit was assigned to several variations of an experiment; the first one counts.'
    ),
    (
        'assignments_conflict_flag', 'error', 'staging.stg_experiment_assignments',
        'is_conflict does not say whether the assignments of the unit name several variations.'
    ),
    (
        'assignments_time_range', 'warning', 'staging.stg_experiment_assignments',
        'A time lies before 2000 or after 2100: an epoch in the wrong unit, or a default.'
    ),
    (
        'exposures_time_range', 'warning', 'staging.stg_experiment_exposures',
        'A time lies before 2000 or after 2100: an epoch in the wrong unit, or a default.'
    ),
    (
        'events_time_range', 'warning', 'staging.stg_conversion_events',
        'A time lies before 2000 or after 2100: an epoch in the wrong unit, or a default.'
    ),
    (
        'events_value_range', 'warning', 'staging.stg_conversion_events',
        'A value is beyond 9e15, where float no longer holds every integer: sums lose units.'
    ),
    (
        'staged_load_finished', 'error', 'ops.load_log',
        'Rows are staged from a load that is not in the log as finished.'
    ),
    (
        'loads_balanced', 'error', 'quality.reconciliation',
        'A load whose lines are not all landed, rejected, staged, duplicate or in quarantine.'
    ),
    (
        'loads_staged', 'warning', 'ops.load_log',
        'A finished load that is not staged yet: run the refresh.'
    ),
    (
        'loads_quarantine_rate', 'warning', 'staging.quarantine',
        'A load sent a larger share of its rows to quarantine than quarantine_rate_max.'
    ),
    (
        'duplicates_kept', 'error', 'staging.duplicates',
        'A duplicate names as kept a row that outranks nothing: itself, or one of a load that is not there.'
    ),
    (
        'sources_fresh', 'warning', 'quality.freshness',
        'A source lies further behind the data watermark than freshness_hours.'
    )
) AS t (test_name, severity, object_name, description)
LEFT JOIN
(
    SELECT
        r.test_name,
        COUNT_BIG(*) AS row_count
    FROM quality.data_test_rows_staging AS r
    GROUP BY r.test_name
) AS o
    ON o.test_name = t.test_name;
GO

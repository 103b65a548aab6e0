/*
One row a test of the catalog: foreign keys, which no engine enforces here, accepted values, ranges
and row that breaks it: the key of the offending row. quality.data_tests_catalog lists the tests.
*/
CREATE OR ALTER VIEW quality.data_test_rows_catalog
AS
SELECT
    CAST('fk_experiment_variations_experiments' AS varchar(128)) AS test_name,
    CAST(CONCAT(v.experiment_id, ' ', v.variation_id) AS varchar(400)) AS offending_key
FROM catalog.experiment_variations AS v
WHERE NOT EXISTS (SELECT 1 FROM catalog.experiments AS x WHERE x.experiment_id = v.experiment_id)
UNION ALL
SELECT
    'fk_experiment_metrics_experiments' AS test_name,
    CAST(CONCAT(m.experiment_id, ' ', m.metric_id) AS varchar(400)) AS offending_key
FROM catalog.experiment_metrics AS m
WHERE NOT EXISTS (SELECT 1 FROM catalog.experiments AS x WHERE x.experiment_id = m.experiment_id)
UNION ALL
SELECT
    'experiment_metrics_definition' AS test_name,
    CAST(CONCAT(m.experiment_id, ' ', m.metric_id, ' ', m.metric_version) AS varchar(400)) AS offending_key
FROM catalog.experiment_metrics AS m
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.metric_definitions AS d
    WHERE d.metric_id = m.metric_id AND d.metric_version = m.metric_version
)
UNION ALL
SELECT
    'experiments_policy' AS test_name,
    CAST(CONCAT(x.experiment_id, ' ', x.policy_id, ' ', x.policy_version) AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.decision_policies AS p
    WHERE p.policy_id = x.policy_id AND p.policy_version = x.policy_version
)
UNION ALL
SELECT
    'experiments_layer' AS test_name,
    CAST(CONCAT(x.experiment_id, ' ', x.layer_id) AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
WHERE x.layer_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM catalog.layers AS l WHERE l.layer_id = x.layer_id)
UNION ALL
SELECT
    'metric_numerator' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE d.numerator_metric_id IS NOT NULL
    AND NOT EXISTS
    (
        SELECT 1
        FROM catalog.metric_definitions AS o
        WHERE o.metric_id = d.numerator_metric_id AND o.metric_version = d.numerator_metric_version
    )
UNION ALL
SELECT
    'metric_denominator' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE d.denominator_metric_id IS NOT NULL
    AND NOT EXISTS
    (
        SELECT 1
        FROM catalog.metric_definitions AS o
        WHERE o.metric_id = d.denominator_metric_id AND o.metric_version = d.denominator_metric_version
    )
UNION ALL
SELECT
    'metric_covariate' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE d.covariate_metric_id IS NOT NULL
    AND NOT EXISTS
    (
        SELECT 1
        FROM catalog.metric_definitions AS o
        WHERE o.metric_id = d.covariate_metric_id AND o.metric_version = d.covariate_metric_version
    )
UNION ALL
SELECT
    'metric_filters_definition' AS test_name,
    CAST(CONCAT(f.metric_id, ' ', f.metric_version, ' ', f.filter_number) AS varchar(400)) AS offending_key
FROM catalog.metric_filters AS f
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.metric_definitions AS d
    WHERE d.metric_id = f.metric_id AND d.metric_version = f.metric_version
)
UNION ALL
SELECT
    'weight_changes_variation' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.variation_id) AS varchar(400)) AS offending_key
FROM catalog.experiment_weight_changes AS c
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.experiment_variations AS v
    WHERE v.experiment_id = c.experiment_id AND v.variation_id = c.variation_id
)
UNION ALL
SELECT
    'weight_changes_experiment' AS test_name,
    CAST(c.experiment_id AS varchar(400)) AS offending_key
FROM catalog.experiment_weight_changes AS c
WHERE NOT EXISTS (SELECT 1 FROM catalog.experiments AS x WHERE x.experiment_id = c.experiment_id)
GROUP BY c.experiment_id
UNION ALL
SELECT
    'weight_changes_complete' AS test_name,
    CAST(CONCAT(w.experiment_id, ' ', w.weight_epoch, ' ', w.variation_id) AS varchar(400)) AS offending_key
FROM catalog.weight_epochs AS w
WHERE w.weight_epoch > 1
    AND NOT EXISTS
    (
        SELECT 1
        FROM catalog.experiment_weight_changes AS c
        WHERE c.experiment_id = w.experiment_id
            AND c.variation_id = w.variation_id
            AND c.effective_at = w.epoch_start_at
    )
UNION ALL
SELECT
    'weights_range' AS test_name,
    CAST(CONCAT(w.experiment_id, ' ', w.weight_epoch, ' ', w.variation_id) AS varchar(400)) AS offending_key
FROM catalog.weight_epochs AS w
WHERE w.weight < 0 OR w.weight > 1
UNION ALL
SELECT
    'weights_sum' AS test_name,
    CAST(CONCAT(w.experiment_id, ' ', w.weight_epoch) AS varchar(400)) AS offending_key
FROM catalog.weight_epochs AS w
GROUP BY w.experiment_id, w.weight_epoch
HAVING ABS(SUM(w.weight) - 1e0) > 1e-9
UNION ALL
SELECT
    'experiment_dimensions_experiment' AS test_name,
    CAST(CONCAT(d.experiment_id, ' ', d.dimension_id) AS varchar(400)) AS offending_key
FROM catalog.experiment_dimensions AS d
WHERE NOT EXISTS (SELECT 1 FROM catalog.experiments AS x WHERE x.experiment_id = d.experiment_id)
UNION ALL
SELECT
    'experiment_dimensions_dimension' AS test_name,
    CAST(CONCAT(d.experiment_id, ' ', d.dimension_id) AS varchar(400)) AS offending_key
FROM catalog.experiment_dimensions AS d
WHERE NOT EXISTS (SELECT 1 FROM catalog.dimensions AS k WHERE k.dimension_id = d.dimension_id)
UNION ALL
SELECT
    'fk_source_layouts_sources' AS test_name,
    CAST(CONCAT(k.source, ' ', k.layout_name) AS varchar(400)) AS offending_key
FROM catalog.source_layouts AS k
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS o WHERE o.source = k.source)
UNION ALL
SELECT
    'fk_source_columns_sources' AS test_name,
    CAST(CONCAT(k.source, ' ', k.column_name) AS varchar(400)) AS offending_key
FROM catalog.source_columns AS k
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS o WHERE o.source = k.source)
UNION ALL
SELECT
    'fk_source_timestamp_formats_sources' AS test_name,
    CAST(CONCAT(k.source, ' ', k.timestamp_format) AS varchar(400)) AS offending_key
FROM catalog.source_timestamp_formats AS k
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS o WHERE o.source = k.source)
UNION ALL
SELECT
    'fk_source_rules_sources' AS test_name,
    CAST(CONCAT(k.source, ' ', k.rule_name) AS varchar(400)) AS offending_key
FROM catalog.source_rules AS k
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS o WHERE o.source = k.source)
UNION ALL
SELECT
    'fk_source_settings_sources' AS test_name,
    CAST(CONCAT(k.source, ' ', k.setting_name) AS varchar(400)) AS offending_key
FROM catalog.source_settings AS k
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS o WHERE o.source = k.source)
UNION ALL
SELECT
    'fk_source_attributes_sources' AS test_name,
    CAST(CONCAT(k.source, ' ', k.attribute) AS varchar(400)) AS offending_key
FROM catalog.source_attributes AS k
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS o WHERE o.source = k.source)
UNION ALL
SELECT
    'fk_hash_assignments_sources' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.source) AS varchar(400)) AS offending_key
FROM catalog.hash_assignments AS k
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS o WHERE o.source = k.source)
UNION ALL
SELECT
    'fk_hash_assignments_experiments' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.source) AS varchar(400)) AS offending_key
FROM catalog.hash_assignments AS k
WHERE NOT EXISTS (SELECT 1 FROM catalog.experiments AS o WHERE o.experiment_id = k.experiment_id)
UNION ALL
SELECT
    'one_control' AS test_name,
    CAST(x.experiment_id AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
LEFT JOIN catalog.experiment_variations AS v
    ON v.experiment_id = x.experiment_id AND v.is_control = 1
GROUP BY x.experiment_id
HAVING COUNT_BIG(v.variation_id) <> 1
UNION ALL
SELECT
    'metric_type_accepted' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE d.metric_type NOT IN ('proportion', 'mean', 'ratio', 'retention', 'quantile', 'time_to_event')
UNION ALL
SELECT
    'metric_aggregation_accepted' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE d.aggregation NOT IN
(
    'count', 'value_count', 'sum', 'max', 'min', 'avg', 'distinct_values', 'distinct_days', 'first_time'
)
UNION ALL
SELECT
    'metric_direction_accepted' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE d.direction NOT IN ('increase', 'decrease')
UNION ALL
SELECT
    'metric_maturity_accepted' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE d.maturity NOT IN ('complete', 'all')
UNION ALL
SELECT
    'metric_role_accepted' AS test_name,
    CAST(CONCAT(m.experiment_id, ' ', m.metric_id) AS varchar(400)) AS offending_key
FROM catalog.experiment_metrics AS m
WHERE m.metric_role NOT IN ('primary', 'secondary', 'guardrail')
UNION ALL
SELECT
    'filter_operator_accepted' AS test_name,
    CAST(CONCAT(f.metric_id, ' ', f.metric_version, ' ', f.filter_number) AS varchar(400)) AS offending_key
FROM catalog.metric_filters AS f
WHERE f.operator NOT IN ('equals', 'in', 'range', 'is_null', 'not_null')
UNION ALL
SELECT
    'analysis_mode_accepted' AS test_name,
    CAST(x.experiment_id AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
WHERE x.analysis_mode NOT IN ('itt', 'exposed')
UNION ALL
SELECT
    'computed_modes_accepted' AS test_name,
    CAST(x.experiment_id AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
WHERE x.computed_modes NOT IN ('both', 'itt', 'exposed')
UNION ALL
SELECT
    'metric_window_seconds' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE ABS(d.window_start_hours) > 596523
    OR ABS(d.window_end_hours) + COALESCE(ABS(d.delay_hours), 0) > 596523
    OR ABS(d.delay_hours) > 596523
    OR ABS(d.covariate_hours) > 596523
    OR ABS(d.eligibility_hours) > 596523
UNION ALL
SELECT
    'metric_window_order' AS test_name,
    CAST(CONCAT(d.metric_id, ' ', d.metric_version) AS varchar(400)) AS offending_key
FROM catalog.metric_definitions AS d
WHERE d.window_end_hours <= d.window_start_hours
UNION ALL
SELECT
    'experiment_dates' AS test_name,
    CAST(x.experiment_id AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
WHERE x.end_at <= x.start_at
UNION ALL
SELECT
    'layer_range' AS test_name,
    CAST(x.experiment_id AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
WHERE x.layer_id IS NOT NULL
    AND
    (
        x.layer_from IS NULL
        OR x.layer_to IS NULL
        OR x.layer_from < 0
        OR x.layer_to > 10000
        OR x.layer_from >= x.layer_to
    )
UNION ALL
SELECT
    'layer_overlap' AS test_name,
    CAST(CONCAT(x.experiment_id, ' ', o.experiment_id) AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
INNER JOIN catalog.experiments AS o
    ON o.layer_id = x.layer_id
    AND o.experiment_id > x.experiment_id
    AND o.layer_from < x.layer_to
    AND x.layer_from < o.layer_to
WHERE o.start_at < COALESCE(x.end_at, CAST('9999-12-31' AS datetime2(6)))
    AND x.start_at < COALESCE(o.end_at, CAST('9999-12-31' AS datetime2(6)))
UNION ALL
SELECT
    'holdout_range' AS test_name,
    CAST(h.holdout_id AS varchar(400)) AS offending_key
FROM catalog.holdouts AS h
WHERE h.bucket_count < 0 OR h.bucket_count > 10000 OR h.end_at <= h.start_at
UNION ALL
SELECT
    'catalog_blank_key' AS test_name,
    CAST(k.key_value AS varchar(400)) AS offending_key
FROM
(
    SELECT x.experiment_id AS key_value FROM catalog.experiments AS x
    UNION ALL
    SELECT v.variation_id AS key_value FROM catalog.experiment_variations AS v
    UNION ALL
    SELECT d.metric_id AS key_value FROM catalog.metric_definitions AS d
    UNION ALL
    SELECT p.policy_id AS key_value FROM catalog.decision_policies AS p
    UNION ALL
    SELECT n.dimension_id AS key_value FROM catalog.dimensions AS n
    UNION ALL
    SELECT l.layer_id AS key_value FROM catalog.layers AS l
    UNION ALL
    SELECT h.holdout_id AS key_value FROM catalog.holdouts AS h
) AS k
WHERE DATALENGTH(k.key_value) <> DATALENGTH(RTRIM(k.key_value)) OR k.key_value = ''
UNION ALL
SELECT
    'thresholds_present' AS test_name,
    CAST(k.threshold_id AS varchar(400)) AS offending_key
FROM
(
    VALUES
        ('anomaly_robust_z'), ('anomaly_iqr'), ('anomaly_sigma'), ('anomaly_window_days'), ('anomaly_min_days'),
        ('anomaly_zero_expected'), ('freshness_hours'), ('exposure_rate_min'), ('exposure_units_min'),
        ('flag_rate_max'), ('quarantine_rate_max')
) AS k (threshold_id)
WHERE NOT EXISTS (SELECT 1 FROM catalog.quality_thresholds AS q WHERE q.threshold_id = k.threshold_id)
UNION ALL
SELECT
    'thresholds_range' AS test_name,
    CAST(q.threshold_id AS varchar(400)) AS offending_key
FROM catalog.quality_thresholds AS q
WHERE q.threshold_value < 0
    OR (
        q.threshold_id = 'anomaly_min_days'
        AND q.threshold_value >
        (
            SELECT MAX(w.threshold_value)
            FROM catalog.quality_thresholds AS w
            WHERE w.threshold_id = 'anomaly_window_days'
        )
    );
GO

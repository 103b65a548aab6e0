/*
One row a test of the catalog: foreign keys, which no engine enforces here, accepted values, ranges:
how many rows break it, also where none does. The branch of quality.data_test_rows_catalog with its name is its query.
*/
CREATE OR ALTER VIEW quality.data_tests_catalog
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
        'fk_experiment_variations_experiments', 'error', 'catalog.experiment_variations',
        'A variation is of an experiment that is not there.'
    ),
    (
        'fk_experiment_metrics_experiments', 'error', 'catalog.experiment_metrics',
        'A metric is named for an experiment that is not there.'
    ),
    (
        'experiment_metrics_definition', 'error', 'catalog.experiment_metrics',
        'An experiment names a metric version that is not defined.'
    ),
    (
        'experiments_policy', 'error', 'catalog.experiments',
        'An experiment names a decision policy that is not there.'
    ),
    (
        'experiments_layer', 'error', 'catalog.experiments',
        'An experiment names a layer that is not there.'
    ),
    (
        'metric_numerator', 'error', 'catalog.metric_definitions',
        'A metric names a numerator that is not defined in that version.'
    ),
    (
        'metric_denominator', 'error', 'catalog.metric_definitions',
        'A metric names a denominator that is not defined in that version.'
    ),
    (
        'metric_covariate', 'error', 'catalog.metric_definitions',
        'A metric names a covariate that is not defined in that version.'
    ),
    (
        'metric_filters_definition', 'error', 'catalog.metric_filters',
        'A filter is of a metric version that is not defined.'
    ),
    (
        'weight_changes_variation', 'error', 'catalog.experiment_weight_changes',
        'A change of weights names an experiment or a variation that is not there.'
    ),
    (
        'weight_changes_experiment', 'error', 'catalog.experiment_weight_changes',
        'A change of weights is of an experiment that is not there.'
    ),
    (
        'weight_changes_complete', 'error', 'catalog.experiment_weight_changes',
        'A change of weights does not name every variation of its experiment.'
    ),
    (
        'weights_range', 'error', 'catalog.weight_epochs',
        'A weight is below 0 or above 1.'
    ),
    (
        'weights_sum', 'error', 'catalog.weight_epochs',
        'The weights of an epoch do not sum to 1.'
    ),
    (
        'experiment_dimensions_experiment', 'error', 'catalog.experiment_dimensions',
        'A dimension is named for an experiment that is not there.'
    ),
    (
        'experiment_dimensions_dimension', 'error', 'catalog.experiment_dimensions',
        'An experiment names a dimension that is not there.'
    ),
    (
        'fk_source_layouts_sources', 'error', 'catalog.source_layouts',
        'A layout is of a source that is not there.'
    ),
    (
        'fk_source_columns_sources', 'error', 'catalog.source_columns',
        'A column is of a source that is not there.'
    ),
    (
        'fk_source_timestamp_formats_sources', 'error', 'catalog.source_timestamp_formats',
        'A way to write times is of a source that is not there.'
    ),
    (
        'fk_source_rules_sources', 'error', 'catalog.source_rules',
        'A rule is of a source that is not there.'
    ),
    (
        'fk_source_settings_sources', 'error', 'catalog.source_settings',
        'A threshold is of a source that is not there.'
    ),
    (
        'fk_source_attributes_sources', 'error', 'catalog.source_attributes',
        'An attribute is of a source that is not there.'
    ),
    (
        'fk_hash_assignments_sources', 'error', 'catalog.hash_assignments',
        'An assignment by hash is of a source that is not there.'
    ),
    (
        'fk_hash_assignments_experiments', 'error', 'catalog.hash_assignments',
        'An assignment by hash is of an experiment that is not there.'
    ),
    (
        'one_control', 'error', 'catalog.experiment_variations',
        'An experiment has no control, or several.'
    ),
    (
        'metric_type_accepted', 'error', 'catalog.metric_definitions',
        'metric_type is none of proportion, mean, ratio, retention, quantile, time_to_event.'
    ),
    (
        'metric_aggregation_accepted', 'error', 'catalog.metric_definitions',
        'aggregation is none of count, value_count, sum, max, min, avg, distinct_values, distinct_days, first_time.'
    ),
    (
        'metric_direction_accepted', 'error', 'catalog.metric_definitions',
        'direction is none of increase, decrease.'
    ),
    (
        'metric_maturity_accepted', 'error', 'catalog.metric_definitions',
        'maturity is none of complete, all.'
    ),
    (
        'metric_role_accepted', 'error', 'catalog.experiment_metrics',
        'metric_role is none of primary, secondary, guardrail.'
    ),
    (
        'filter_operator_accepted', 'error', 'catalog.metric_filters',
        'operator is none of equals, in, range, is_null, not_null.'
    ),
    (
        'analysis_mode_accepted', 'error', 'catalog.experiments',
        'analysis_mode is none of itt, exposed.'
    ),
    (
        'computed_modes_accepted', 'error', 'catalog.experiments',
        'computed_modes is none of both, itt, exposed.'
    ),
    (
        'metric_window_seconds', 'error', 'catalog.metric_definitions',
        'A window, delay, look-back or eligibility is longer than an int holds in seconds (68 years).'
    ),
    (
        'metric_window_order', 'error', 'catalog.metric_definitions',
        'A window ends before it starts.'
    ),
    (
        'experiment_dates', 'error', 'catalog.experiments',
        'An experiment ends before it starts.'
    ),
    (
        'layer_range', 'error', 'catalog.experiments',
        'The buckets of an experiment of a layer are missing, empty or outside 0 to 10,000.'
    ),
    (
        'layer_overlap', 'error', 'catalog.experiments',
        'Two experiments of a layer share buckets while both run.'
    ),
    (
        'holdout_range', 'error', 'catalog.holdouts',
        'A holdout has buckets outside 0 to 10,000, or ends before it starts.'
    ),
    (
        'catalog_blank_key', 'error', 'catalog',
        'An id is empty or ends in a blank: engines disagree whether it equals the id without it.'
    ),
    (
        'thresholds_present', 'error', 'catalog.quality_thresholds',
        'A threshold that the quality views judge by is missing: they judge nothing by it.'
    ),
    (
        'thresholds_range', 'error', 'catalog.quality_thresholds',
        'A threshold is negative, or the fewest days are more than the days compared.'
    )
) AS t (test_name, severity, object_name, description)
LEFT JOIN
(
    SELECT
        r.test_name,
        COUNT_BIG(*) AS row_count
    FROM quality.data_test_rows_catalog AS r
    GROUP BY r.test_name
) AS o
    ON o.test_name = t.test_name;
GO

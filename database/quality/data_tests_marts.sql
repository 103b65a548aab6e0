/*
One row a test of the experiment marts and exposures:
how many rows break it, also where none does. The branch of quality.data_test_rows_marts with its name is its query.
*/
CREATE OR ALTER VIEW quality.data_tests_marts
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
        'cohort_unique', 'error', 'marts.fct_experiment_cohort',
        'A unit is in the cohort of an experiment more than once.'
    ),
    (
        'cohort_number_unique', 'error', 'marts.fct_experiment_cohort',
        'A unit number occurs more than once in the cohort of an experiment.'
    ),
    (
        'cohort_arm_known', 'error', 'marts.fct_experiment_cohort',
        'The arm of a unit is not the one that marts.experiment_arms has for its variation and weight epoch.'
    ),
    (
        'cohort_assigned', 'error', 'marts.fct_experiment_cohort',
        'A unit of the cohort has no assignment, or one to another variation.'
    ),
    (
        'cohort_complete', 'warning', 'marts.fct_experiment_cohort',
        'Units assigned within the experiment are not in its cohort: the marts are behind, run the refresh.'
    ),
    (
        'cohort_epoch_known', 'error', 'marts.fct_experiment_cohort',
        'A weight epoch of the cohort is not in catalog.weight_epochs.'
    ),
    (
        'cohort_anchor_order', 'error', 'marts.fct_experiment_cohort',
        'A unit counts as exposed from before its assignment.'
    ),
    (
        'cohort_anchor_window', 'error', 'marts.fct_experiment_cohort',
        'A unit was assigned outside its experiment''s dates.'
    ),
    (
        'cohort_flags', 'error', 'marts.fct_experiment_cohort',
        'An excluded unit counts, one that is not excluded does not, or an exposed one has no time.'
    ),
    (
        'cohort_layer_bucket', 'error', 'marts.fct_experiment_cohort',
        'A unit is in an experiment of a layer, but its bucket belongs to another part of the layer.'
    ),
    (
        'cohort_in_holdout', 'error', 'marts.fct_experiment_cohort',
        'A unit of a global holdout was assigned to an experiment while the holdout held.'
    ),
    (
        'validation_unique', 'error', 'marts.int_experiment_exposure_validation',
        'A unit has more than one row in an experiment.'
    ),
    (
        'validation_flags', 'error', 'marts.int_experiment_exposure_validation',
        'Flags, counts and times of a unit''s exposures contradict each other.'
    ),
    (
        'exposure_daily_rate', 'error', 'marts.fct_experiment_exposure_quality_daily',
        'More units are exposed than assigned, or the rate is not their ratio.'
    ),
    (
        'exposure_daily_units', 'error', 'marts.fct_experiment_exposure_quality_daily',
        'The days of an experiment do not add up to its assigned units.'
    ),
    (
        'measures_known', 'error', 'marts.experiment_measure_units',
        'Units have a measure that marts.experiment_measures lacks.'
    ),
    (
        'measure_units_in_cohort', 'error', 'marts.experiment_measure_units',
        'A unit with events is not in the cohort, or there with another variation or epoch.'
    ),
    (
        'measure_units_counts', 'error', 'marts.experiment_measure_units',
        'A unit has no event, more values than events, or a minimum above its maximum.'
    ),
    (
        'unit_dimensions_in_cohort', 'error', 'marts.experiment_unit_dimensions',
        'A unit has the value of a dimension, but is not in the cohort.'
    ),
    (
        'agg_unique', 'error', 'marts.agg_experiment_metric_by_variant',
        'A metric has more than one row of a mode, variation and epoch: versions are mixed.'
    ),
    (
        'agg_variation_known', 'error', 'marts.agg_experiment_metric_by_variant',
        'An aggregate is of a variation that the catalog lacks.'
    ),
    (
        'agg_metric_current', 'warning', 'marts.agg_experiment_metric_by_variant',
        'An aggregate is of a metric or version that the experiment does not name: run the refresh.'
    ),
    (
        'agg_counts', 'error', 'marts.agg_experiment_metric_by_variant',
        'More units have a value than were assigned, or more succeeded than have one.'
    ),
    (
        'agg_squares', 'error', 'marts.agg_experiment_metric_by_variant',
        'Centred squares are negative, or smaller than the square of the sum over n: no values make them.'
    ),
    (
        'agg_units_of_cohort', 'error', 'marts.agg_experiment_metric_by_variant',
        'n_assigned is not the number of the cohort''s units of that mode, variation and epoch.'
    ),
    (
        'agg_dimension_units', 'error', 'marts.agg_experiment_metric_by_dimension',
        'The values of a dimension have together more units than all values and units do.'
    ),
    (
        'exposure_rate_limit', 'error', 'quality.exposure_checks',
        'A variation exposes a smaller share of its assigned units than exposure_rate_min.'
    ),
    (
        'pre_assignment_exposure_limit', 'error', 'quality.exposure_checks',
        'A larger share of exposed units than flag_rate_max was exposed before its assignment.'
    ),
    (
        'variant_mismatch_limit', 'error', 'quality.exposure_checks',
        'A larger share of exposed units than flag_rate_max saw another variation than the assigned one.'
    ),
    (
        'multi_variation_exposure_limit', 'error', 'quality.exposure_checks',
        'A larger share of exposed units than flag_rate_max saw several variations.'
    ),
    (
        'exposure_outside_window_limit', 'error', 'quality.exposure_checks',
        'A larger share of exposed units than flag_rate_max was exposed outside the experiment''s dates.'
    ),
    (
        'unassigned_exposure_limit', 'error', 'quality.exposure_checks',
        'A larger share of exposed units than flag_rate_max was never assigned.'
    ),
    (
        'exposure_rate_drop_limit', 'warning', 'quality.exposure_checks',
        'On a day the exposure rate of a variation fell further than its days before allow.'
    )
) AS t (test_name, severity, object_name, description)
LEFT JOIN
(
    SELECT
        r.test_name,
        COUNT_BIG(*) AS row_count
    FROM quality.data_test_rows_marts AS r
    GROUP BY r.test_name
) AS o
    ON o.test_name = t.test_name;
GO

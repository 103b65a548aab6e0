/*
One row a test of the experiment marts and exposures
and row that breaks it: the key of the offending row. quality.data_tests_marts lists the tests.
*/
CREATE OR ALTER VIEW quality.data_test_rows_marts
AS
SELECT
    CAST('cohort_unique' AS varchar(128)) AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
GROUP BY c.experiment_id, c.unit_id
HAVING COUNT_BIG(*) > 1
UNION ALL
SELECT
    'cohort_number_unique' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_number) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
GROUP BY c.experiment_id, c.unit_number
HAVING COUNT_BIG(*) > 1
UNION ALL
SELECT
    'cohort_arm_known' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
LEFT JOIN marts.experiment_arms AS a
    ON a.experiment_id = c.experiment_id AND a.arm_number = c.arm_number
WHERE a.arm_number IS NULL OR a.variation_id <> c.variation_id OR a.weight_epoch <> c.weight_epoch
UNION ALL
SELECT
    'cohort_assigned' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
LEFT JOIN staging.stg_experiment_assignments AS a
    ON a.experiment_id = c.experiment_id AND a.unit_id = c.unit_id
WHERE a.unit_id IS NULL OR a.variation_id <> c.variation_id
UNION ALL
SELECT
    'cohort_complete' AS test_name,
    CAST(x.experiment_id AS varchar(400)) AS offending_key
FROM catalog.experiments AS x
INNER JOIN staging.stg_experiment_assignments AS a
    ON a.experiment_id = x.experiment_id
LEFT JOIN marts.fct_experiment_cohort AS c
    ON c.experiment_id = a.experiment_id AND c.unit_id = a.unit_id
WHERE a.assigned_at >= x.start_at AND (x.end_at IS NULL OR a.assigned_at < x.end_at) AND c.unit_id IS NULL
GROUP BY x.experiment_id
UNION ALL
SELECT
    'cohort_epoch_known' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.weight_epoch) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.weight_epochs AS w
    WHERE w.experiment_id = c.experiment_id AND w.weight_epoch = c.weight_epoch
)
GROUP BY c.experiment_id, c.weight_epoch
UNION ALL
SELECT
    'cohort_anchor_order' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
WHERE c.exposed_anchor_at < c.itt_anchor_at
UNION ALL
SELECT
    'cohort_anchor_window' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
INNER JOIN catalog.experiments AS x
    ON x.experiment_id = c.experiment_id
WHERE c.itt_anchor_at < x.start_at OR c.itt_anchor_at >= x.end_at
UNION ALL
SELECT
    'cohort_flags' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
WHERE (c.exclusion_reason IS NOT NULL AND (c.is_itt = 1 OR c.is_exposed = 1))
    OR (c.exclusion_reason IS NULL AND c.is_itt = 0)
    OR (c.is_exposed = 1 AND c.exposed_anchor_at IS NULL)
UNION ALL
SELECT
    'cohort_layer_bucket' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
INNER JOIN catalog.experiments AS x
    ON x.experiment_id = c.experiment_id
INNER JOIN catalog.layers AS l
    ON l.layer_id = x.layer_id
CROSS APPLY catalog.assignment_bucket(l.salt, c.unit_id) AS h
WHERE h.bucket < x.layer_from OR h.bucket >= x.layer_to
UNION ALL
SELECT
    'cohort_in_holdout' AS test_name,
    CAST(CONCAT(c.experiment_id, ' ', c.unit_id) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_cohort AS c
INNER JOIN catalog.holdouts AS h
    ON c.itt_anchor_at >= h.start_at AND (h.end_at IS NULL OR c.itt_anchor_at < h.end_at)
CROSS APPLY catalog.assignment_bucket(h.salt, c.unit_id) AS b
WHERE b.bucket < h.bucket_count
UNION ALL
SELECT
    'validation_unique' AS test_name,
    CAST(CONCAT(v.experiment_id, ' ', v.unit_id) AS varchar(400)) AS offending_key
FROM marts.int_experiment_exposure_validation AS v
GROUP BY v.experiment_id, v.unit_id
HAVING COUNT_BIG(*) > 1
UNION ALL
SELECT
    'validation_flags' AS test_name,
    CAST(CONCAT(v.experiment_id, ' ', v.unit_id) AS varchar(400)) AS offending_key
FROM marts.int_experiment_exposure_validation AS v
WHERE (v.is_valid_exposure = 1 AND v.first_valid_exposed_at IS NULL)
    OR (v.is_valid_exposure = 0 AND v.first_valid_exposed_at IS NOT NULL)
    OR (v.exposure_count = 0 AND v.first_exposed_at IS NOT NULL)
    OR (v.exposure_count > 0 AND v.first_exposed_at IS NULL)
    OR (v.unassigned_exposure = 1 AND v.assigned_at IS NOT NULL)
    OR v.first_exposed_at > v.last_exposed_at
    OR v.first_valid_exposed_at < v.assigned_at
UNION ALL
SELECT
    'exposure_daily_rate' AS test_name,
    CAST(CONCAT(q.experiment_id, ' ', q.quality_date) AS varchar(400)) AS offending_key
FROM marts.fct_experiment_exposure_quality_daily AS q
WHERE q.exposed_unit_count > q.assigned_unit_count
    OR q.exposure_rate < 0
    OR q.exposure_rate > 1
    OR (q.assigned_unit_count > 0 AND q.exposure_rate IS NULL)
UNION ALL
SELECT
    'exposure_daily_units' AS test_name,
    CAST(d.experiment_id AS varchar(400)) AS offending_key
FROM
(
    SELECT
        q.experiment_id,
        SUM(q.assigned_unit_count) AS unit_count
    FROM marts.fct_experiment_exposure_quality_daily AS q
    GROUP BY q.experiment_id
) AS d
LEFT JOIN
(
    SELECT
        v.experiment_id,
        COUNT_BIG(v.assigned_at) AS unit_count
    FROM marts.int_experiment_exposure_validation AS v
    GROUP BY v.experiment_id
) AS n
    ON n.experiment_id = d.experiment_id
WHERE d.unit_count <> COALESCE(n.unit_count, 0)
UNION ALL
SELECT
    'measures_known' AS test_name,
    CAST
    (
        CONCAT(s.experiment_id, ' ', s.measure_number)
        AS varchar(400)
    ) AS offending_key
FROM marts.experiment_measure_units AS s
WHERE s.measure_number > 0
    AND NOT EXISTS
    (
        SELECT 1
        FROM marts.experiment_measures AS m
        WHERE m.experiment_id = s.experiment_id AND m.measure_number = s.measure_number
    )
GROUP BY s.experiment_id, s.measure_number
UNION ALL
SELECT
    'measure_units_in_cohort' AS test_name,
    CAST
    (
        CONCAT(s.experiment_id, ' ', s.measure_number, ' ', s.unit_number, ' ', s.member_number)
        AS varchar(400)
    ) AS offending_key
FROM marts.experiment_measure_units AS s
LEFT JOIN marts.fct_experiment_cohort AS c
    ON c.experiment_id = s.experiment_id AND c.unit_number = s.unit_number
WHERE c.unit_id IS NULL OR c.arm_number <> s.arm_number
UNION ALL
SELECT
    'measure_units_counts' AS test_name,
    CAST
    (
        CONCAT(s.experiment_id, ' ', s.measure_number, ' ', s.unit_number, ' ', s.member_number)
        AS varchar(400)
    ) AS offending_key
FROM marts.experiment_measure_units AS s
WHERE s.event_count < 1 OR s.value_count < 0 OR s.value_count > s.event_count OR s.min_value > s.max_value
UNION ALL
SELECT
    'unit_dimensions_in_cohort' AS test_name,
    CAST(CONCAT(d.experiment_id, ' ', d.dimension_id, ' ', d.unit_number) AS varchar(400)) AS offending_key
FROM marts.experiment_unit_dimensions AS d
LEFT JOIN marts.fct_experiment_cohort AS c
    ON c.experiment_id = d.experiment_id AND c.unit_number = d.unit_number
WHERE c.unit_id IS NULL
UNION ALL
SELECT
    'agg_unique' AS test_name,
    CAST
    (
        CONCAT(g.experiment_id, ' ', g.analysis_mode, ' ', g.metric_id, ' ', g.variation_id)
        AS varchar(400)
    ) AS offending_key
FROM marts.agg_experiment_metric_by_variant AS g
GROUP BY g.experiment_id, g.analysis_mode, g.metric_id, g.variation_id, g.weight_epoch
HAVING COUNT_BIG(*) > 1
UNION ALL
SELECT
    'agg_variation_known' AS test_name,
    CAST
    (
        CONCAT(g.experiment_id, ' ', g.analysis_mode, ' ', g.metric_id, ' ', g.variation_id)
        AS varchar(400)
    ) AS offending_key
FROM marts.agg_experiment_metric_by_variant AS g
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.experiment_variations AS v
    WHERE v.experiment_id = g.experiment_id AND v.variation_id = g.variation_id
)
UNION ALL
SELECT
    'agg_metric_current' AS test_name,
    CAST
    (
        CONCAT(g.experiment_id, ' ', g.analysis_mode, ' ', g.metric_id, ' ', g.variation_id)
        AS varchar(400)
    ) AS offending_key
FROM marts.agg_experiment_metric_by_variant AS g
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.experiment_metrics AS m
    WHERE m.experiment_id = g.experiment_id
        AND m.metric_id = g.metric_id
        AND m.metric_version = g.metric_version
)
UNION ALL
SELECT
    'agg_counts' AS test_name,
    CAST
    (
        CONCAT(g.experiment_id, ' ', g.analysis_mode, ' ', g.metric_id, ' ', g.variation_id)
        AS varchar(400)
    ) AS offending_key
FROM marts.agg_experiment_metric_by_variant AS g
WHERE g.n_units > g.n_assigned OR g.n_units < 0 OR g.success_count > g.n_units OR g.success_count < 0
UNION ALL
SELECT
    'agg_squares' AS test_name,
    CAST
    (
        CONCAT(g.experiment_id, ' ', g.analysis_mode, ' ', g.metric_id, ' ', g.variation_id)
        AS varchar(400)
    ) AS offending_key
FROM marts.agg_experiment_metric_by_variant AS g
WHERE g.sum_centered_sq < 0
    OR g.sum_centered * g.sum_centered > CAST(g.n_units AS float) * g.sum_centered_sq * (1e0 + 1e-9)
UNION ALL
SELECT
    'agg_units_of_cohort' AS test_name,
    CAST
    (
        CONCAT(g.experiment_id, ' ', g.analysis_mode, ' ', g.metric_id, ' ', g.variation_id)
        AS varchar(400)
    ) AS offending_key
FROM marts.agg_experiment_metric_by_variant AS g
LEFT JOIN
(
    SELECT
        c.experiment_id,
        c.variation_id,
        c.weight_epoch,
        SUM(CAST(c.is_itt AS bigint)) AS itt_count,
        SUM(CAST(c.is_exposed AS bigint)) AS exposed_count
    FROM marts.fct_experiment_cohort AS c
    GROUP BY c.experiment_id, c.variation_id, c.weight_epoch
) AS n
    ON n.experiment_id = g.experiment_id AND n.variation_id = g.variation_id AND n.weight_epoch = g.weight_epoch
WHERE g.n_assigned <> COALESCE(CASE WHEN g.analysis_mode = 'itt' THEN n.itt_count ELSE n.exposed_count END, 0)
UNION ALL
SELECT
    'agg_dimension_units' AS test_name,
    CAST
    (
        CONCAT(d.experiment_id, ' ', d.analysis_mode, ' ', d.metric_id, ' ', d.dimension_id, ' ', d.variation_id)
        AS varchar(400)
    ) AS offending_key
FROM
(
    SELECT
        g.experiment_id,
        g.analysis_mode,
        g.metric_id,
        g.dimension_id,
        g.variation_id,
        g.weight_epoch,
        SUM(g.n_units) AS n_units
    FROM marts.agg_experiment_metric_by_dimension AS g
    GROUP BY g.experiment_id, g.analysis_mode, g.metric_id, g.dimension_id, g.variation_id, g.weight_epoch
) AS d
LEFT JOIN marts.agg_experiment_metric_by_variant AS o
    ON o.experiment_id = d.experiment_id
    AND o.analysis_mode = d.analysis_mode
    AND o.metric_id = d.metric_id
    AND o.variation_id = d.variation_id
    AND o.weight_epoch = d.weight_epoch
WHERE d.n_units > COALESCE(o.n_units, 0)
UNION ALL
SELECT
    'exposure_rate_limit' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.variation_id) AS varchar(400)) AS offending_key
FROM quality.exposure_checks AS k
WHERE k.check_name = 'exposure_rate' AND k.is_failure = 1
UNION ALL
SELECT
    'pre_assignment_exposure_limit' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.variation_id) AS varchar(400)) AS offending_key
FROM quality.exposure_checks AS k
WHERE k.check_name = 'pre_assignment_exposure' AND k.is_failure = 1
UNION ALL
SELECT
    'variant_mismatch_limit' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.variation_id) AS varchar(400)) AS offending_key
FROM quality.exposure_checks AS k
WHERE k.check_name = 'variant_mismatch' AND k.is_failure = 1
UNION ALL
SELECT
    'multi_variation_exposure_limit' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.variation_id) AS varchar(400)) AS offending_key
FROM quality.exposure_checks AS k
WHERE k.check_name = 'multi_variation_exposure' AND k.is_failure = 1
UNION ALL
SELECT
    'exposure_outside_window_limit' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.variation_id) AS varchar(400)) AS offending_key
FROM quality.exposure_checks AS k
WHERE k.check_name = 'exposure_outside_window' AND k.is_failure = 1
UNION ALL
SELECT
    'unassigned_exposure_limit' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.variation_id) AS varchar(400)) AS offending_key
FROM quality.exposure_checks AS k
WHERE k.check_name = 'unassigned_exposure' AND k.is_failure = 1
UNION ALL
SELECT
    'exposure_rate_drop_limit' AS test_name,
    CAST(CONCAT(k.experiment_id, ' ', k.variation_id) AS varchar(400)) AS offending_key
FROM quality.exposure_checks AS k
WHERE k.check_name = 'exposure_rate_drop' AND k.is_failure = 1;
GO

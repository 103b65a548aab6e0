/*
One row a test of results and runs
and row that breaks it: the key of the offending row. quality.data_tests_results lists the tests.
*/
CREATE OR ALTER VIEW quality.data_test_rows_results
AS
SELECT
    CAST('results_run_known' AS varchar(128)) AS test_name,
    CAST(k.run_id AS varchar(400)) AS offending_key
FROM
(
    SELECT r.run_id FROM results.result_rows AS r
    UNION
    SELECT s.run_id FROM results.summary_rows AS s
    UNION
    SELECT g.run_id FROM results.gate_rows AS g
    UNION
    SELECT m.run_id FROM results.srm_rows AS m
) AS k
WHERE NOT EXISTS (SELECT 1 FROM ops.analysis_runs AS a WHERE a.run_id = k.run_id)
UNION ALL
SELECT
    'results_complete' AS test_name,
    CAST(a.run_id AS varchar(400)) AS offending_key
FROM ops.analysis_runs AS a
WHERE a.status = 'finished' AND NOT EXISTS (SELECT 1 FROM results.result_rows AS r WHERE r.run_id = a.run_id)
UNION ALL
SELECT
    'runs_unfinished' AS test_name,
    CAST(a.run_id AS varchar(400)) AS offending_key
FROM ops.analysis_runs AS a
WHERE a.status <> 'finished'
UNION ALL
SELECT
    'results_p_range' AS test_name,
    CAST(CONCAT(r.run_id, ' ', r.metric_id, ' ', r.variation_id) AS varchar(400)) AS offending_key
FROM results.result_rows AS r
WHERE r.p_value < 0 OR r.p_value > 1 OR r.p_value_adjusted > 1 OR r.p_value_adjusted < r.p_value
UNION ALL
SELECT
    'results_interval_order' AS test_name,
    CAST(CONCAT(r.run_id, ' ', r.metric_id, ' ', r.variation_id) AS varchar(400)) AS offending_key
FROM results.result_rows AS r
WHERE r.ci_lower > r.ci_upper
    OR r.ci_rel_lower > r.ci_rel_upper
    OR r.uplift_abs < r.ci_lower
    OR r.uplift_abs > r.ci_upper
UNION ALL
SELECT
    'results_one_control' AS test_name,
    CAST(CONCAT(r.run_id, ' ', r.metric_id) AS varchar(400)) AS offending_key
FROM results.result_rows AS r
GROUP BY r.run_id, r.metric_id
HAVING SUM(CAST(r.is_control AS bigint)) <> 1
UNION ALL
SELECT
    'results_control_reason' AS test_name,
    CAST(CONCAT(r.run_id, ' ', r.metric_id, ' ', r.variation_id) AS varchar(400)) AS offending_key
FROM results.result_rows AS r
WHERE r.is_control = 1
    AND (r.p_value IS NOT NULL OR r.uplift_abs IS NOT NULL OR COALESCE(r.reason_code, '') <> 'control')
UNION ALL
SELECT
    'results_reason' AS test_name,
    CAST(CONCAT(r.run_id, ' ', r.metric_id, ' ', r.variation_id) AS varchar(400)) AS offending_key
FROM results.result_rows AS r
WHERE r.p_value IS NULL AND r.reason_code IS NULL
UNION ALL
SELECT
    'results_counts' AS test_name,
    CAST(CONCAT(r.run_id, ' ', r.metric_id, ' ', r.variation_id) AS varchar(400)) AS offending_key
FROM results.result_rows AS r
WHERE r.n_units > r.n_assigned OR r.n_units < 0
UNION ALL
SELECT
    'results_metric_known' AS test_name,
    CAST(CONCAT(r.run_id, ' ', r.metric_id, ' ', r.variation_id) AS varchar(400)) AS offending_key
FROM results.result_rows AS r
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.metric_definitions AS d
    WHERE d.metric_id = r.metric_id AND d.metric_version = r.metric_version
)
UNION ALL
SELECT
    'summary_complete' AS test_name,
    CAST(CONCAT(r.run_id, ' ', r.variation_id) AS varchar(400)) AS offending_key
FROM results.result_rows AS r
INNER JOIN ops.analysis_runs AS a
    ON a.run_id = r.run_id AND a.status = 'finished'
WHERE r.is_control = 0
    AND NOT EXISTS
    (
        SELECT 1
        FROM results.summary_rows AS s
        WHERE s.run_id = r.run_id AND s.variation_id = r.variation_id
    )
GROUP BY r.run_id, r.variation_id
UNION ALL
SELECT
    'summary_decision_accepted' AS test_name,
    CAST(CONCAT(s.run_id, ' ', s.variation_id) AS varchar(400)) AS offending_key
FROM results.summary_rows AS s
WHERE s.decision NOT IN ('ship', 'do_not_ship', 'inconclusive', 'invalid')
UNION ALL
SELECT
    'ship_gates_passed' AS test_name,
    CAST(CONCAT(g.run_id, ' ', g.variation_id, ' ', g.gate_name) AS varchar(400)) AS offending_key
FROM results.summary_rows AS s
INNER JOIN results.gate_rows AS g
    ON g.run_id = s.run_id AND g.variation_id = s.variation_id
WHERE s.decision = 'ship' AND COALESCE(CAST(g.passed AS int), 0) = 0
UNION ALL
SELECT
    'srm_range' AS test_name,
    CAST(CONCAT(m.run_id, ' ', m.stage, ' ', m.variation_id) AS varchar(400)) AS offending_key
FROM results.srm_rows AS m
WHERE m.p_value < 0 OR m.p_value > 1 OR m.chi_square < 0 OR m.observed_count < 0 OR m.expected_count < 0;
GO

/*
One row a test of results and runs:
how many rows break it, also where none does. The branch of quality.data_test_rows_results with its name is its query.
*/
CREATE OR ALTER VIEW quality.data_tests_results
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
        'results_run_known', 'error', 'results.result_rows',
        'Results are of a run that ops.analysis_runs lacks.'
    ),
    (
        'results_complete', 'error', 'ops.analysis_runs',
        'A finished run has no results.'
    ),
    (
        'runs_unfinished', 'warning', 'ops.analysis_runs',
        'A run never finished; its rows are not shown.'
    ),
    (
        'results_p_range', 'error', 'results.result_rows',
        'A p-value lies outside 0 to 1, or the corrected one is below it.'
    ),
    (
        'results_interval_order', 'error', 'results.result_rows',
        'An interval''s lower end is above its upper end, or the estimate is outside of it.'
    ),
    (
        'results_one_control', 'error', 'results.result_rows',
        'A metric of a run has no control row, or several.'
    ),
    (
        'results_control_reason', 'error', 'results.result_rows',
        'A control row has a comparison or another reason than ''control''.'
    ),
    (
        'results_reason', 'error', 'results.result_rows',
        'A row without a p-value does not say why.'
    ),
    (
        'results_counts', 'error', 'results.result_rows',
        'More units have a value than were assigned.'
    ),
    (
        'results_metric_known', 'error', 'results.result_rows',
        'A result is of a metric version that is not defined.'
    ),
    (
        'summary_complete', 'error', 'results.summary_rows',
        'A treatment of a finished run has results and no decision.'
    ),
    (
        'summary_decision_accepted', 'error', 'results.summary_rows',
        'A decision is none of ship, do_not_ship, inconclusive, invalid.'
    ),
    (
        'ship_gates_passed', 'error', 'results.gate_rows',
        'A treatment is to be shipped although a gate failed or could not be evaluated.'
    ),
    (
        'srm_range', 'error', 'results.srm_rows',
        'A sample ratio test has a p-value outside 0 to 1 or negative counts.'
    )
) AS t (test_name, severity, object_name, description)
LEFT JOIN
(
    SELECT
        r.test_name,
        COUNT_BIG(*) AS row_count
    FROM quality.data_test_rows_results AS r
    GROUP BY r.test_name
) AS o
    ON o.test_name = t.test_name;
GO

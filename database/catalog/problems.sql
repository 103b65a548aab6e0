/*
Everything wrong with the definitions, one sentence a row; empty means that every experiment can be analysed. A row
without an experiment is about a definition that no experiment uses yet.
*/
CREATE OR ALTER VIEW catalog.problems
AS
WITH variation_totals AS
(
    SELECT
        v.experiment_id,
        COUNT_BIG(*) AS variation_count,
        SUM(CAST(v.is_control AS bigint)) AS control_count,
        SUM(v.weight) AS weight_sum,
        MIN(v.weight) AS lowest_weight,
        STRING_AGG(v.variation_id, ', ') WITHIN GROUP (ORDER BY v.variation_id) AS variation_list
    FROM catalog.experiment_variations AS v
    GROUP BY v.experiment_id
),
metric_totals AS
(
    SELECT
        m.experiment_id,
        SUM(CAST(CASE WHEN m.metric_role = 'primary' THEN 1 ELSE 0 END AS bigint)) AS primary_count
    FROM catalog.experiment_metrics AS m
    GROUP BY m.experiment_id
),
assigned_totals AS
(
    SELECT
        a.experiment_id,
        a.variation_id,
        COUNT_BIG(*) AS unit_count
    FROM staging.stg_experiment_assignments AS a
    GROUP BY a.experiment_id, a.variation_id
),
found AS
(
    SELECT
        x.experiment_id,
        CAST(NULL AS varchar(128)) AS metric_id,
        'no_variations' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' has ', COALESCE(t.variation_count, 0),
            ' variations; it needs a control and at least one treatment.') AS problem
    FROM catalog.experiments AS x
    LEFT JOIN variation_totals AS t
        ON t.experiment_id = x.experiment_id
    WHERE COALESCE(t.variation_count, 0) < 2
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'control_count' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' has ', t.control_count,
            ' variations marked as control (', t.variation_list, '); exactly one is allowed.') AS problem
    FROM catalog.experiments AS x
    INNER JOIN variation_totals AS t
        ON t.experiment_id = x.experiment_id
    WHERE t.control_count <> 1
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'weights' AS problem_code,
        CONCAT('The weights of experiment ''', x.experiment_id, ''' sum to ', CAST(t.weight_sum AS varchar(32)),
            '; they must sum to 1.')
            AS problem
    FROM catalog.experiments AS x
    INNER JOIN variation_totals AS t
        ON t.experiment_id = x.experiment_id
    WHERE ABS(t.weight_sum - 1e0) > 1e-9
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'negative_weight' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' has a variation of weight ', CAST(t.lowest_weight AS varchar(32)),
            '; a weight lies between 0 and 1.') AS problem
    FROM catalog.experiments AS x
    INNER JOIN variation_totals AS t
        ON t.experiment_id = x.experiment_id
    WHERE t.lowest_weight < 0
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'control_weight' AS problem_code,
        CONCAT('The control ''', v.variation_id, ''' of experiment ''', x.experiment_id,
            ''' has weight 0; it must be above 0.') AS problem
    FROM catalog.experiments AS x
    INNER JOIN catalog.experiment_variations AS v
        ON v.experiment_id = x.experiment_id
    WHERE v.is_control = 1 AND v.weight = 0
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'dates' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' ends at ', CAST(x.end_at AS varchar(26)),
            ', not after its start at ', CAST(x.start_at AS varchar(26)), '.') AS problem
    FROM catalog.experiments AS x
    WHERE x.end_at <= x.start_at
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'analysis_mode' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' has the analysis mode ''', x.analysis_mode,
            '''; allowed are itt and exposed, or none.') AS problem
    FROM catalog.experiments AS x
    WHERE x.analysis_mode NOT IN ('itt', 'exposed')
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'planned_units' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' plans ', x.planned_units, ' units; a plan needs at least 2.')
            AS problem
    FROM catalog.experiments AS x
    WHERE x.planned_units < 2
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'policy' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' names the policy ''', x.policy_id, ''' version ', x.policy_version,
            ', which is not in catalog.decision_policies.') AS problem
    FROM catalog.experiments AS x
    WHERE NOT EXISTS
    (
        SELECT 1
        FROM catalog.decision_policies AS p
        WHERE p.policy_id = x.policy_id AND p.policy_version = x.policy_version
    )
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'primary_metric' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' has ', COALESCE(t.primary_count, 0),
            ' primary metrics; exactly one is allowed.') AS problem
    FROM catalog.experiments AS x
    LEFT JOIN metric_totals AS t
        ON t.experiment_id = x.experiment_id
    WHERE COALESCE(t.primary_count, 0) <> 1
    UNION ALL
    SELECT
        m.experiment_id,
        m.metric_id,
        'unknown_metric' AS problem_code,
        CONCAT('Experiment ''', m.experiment_id, ''' uses the metric ''', m.metric_id, ''' version ', m.metric_version,
            ', which is not in catalog.metric_definitions.') AS problem
    FROM catalog.experiment_metrics AS m
    WHERE NOT EXISTS
    (
        SELECT 1
        FROM catalog.metric_definitions AS d
        WHERE d.metric_id = m.metric_id AND d.metric_version = m.metric_version
    )
    UNION ALL
    SELECT
        m.experiment_id,
        m.metric_id,
        'metric_role' AS problem_code,
        CONCAT('The metric ''', m.metric_id, ''' of experiment ''', m.experiment_id, ''' has the role ''',
            m.metric_role, '''; allowed are primary, secondary and guardrail.') AS problem
    FROM catalog.experiment_metrics AS m
    WHERE m.metric_role NOT IN ('primary', 'secondary', 'guardrail')
    UNION ALL
    SELECT
        m.experiment_id,
        m.metric_id,
        'margin' AS problem_code,
        CONCAT('The metric ''', m.metric_id, ''' of experiment ''', m.experiment_id, ''' has the margin ',
            CAST(m.margin AS varchar(32)), '; a margin is a share above 0 and below 1, such as 0.01.') AS problem
    FROM catalog.experiment_metrics AS m
    WHERE m.margin <= 0 OR m.margin >= 1
    UNION ALL
    SELECT
        a.experiment_id,
        NULL AS metric_id,
        'unknown_variation' AS problem_code,
        CONCAT(a.unit_count, ' units of experiment ''', a.experiment_id, ''' are assigned to the variation ''',
            a.variation_id, ''', which is not in catalog.experiment_variations (', t.variation_list, ').') AS problem
    FROM assigned_totals AS a
    INNER JOIN variation_totals AS t
        ON t.experiment_id = a.experiment_id
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = a.experiment_id
    WHERE NOT EXISTS
    (
        SELECT 1
        FROM catalog.experiment_variations AS v
        WHERE v.experiment_id = a.experiment_id AND v.variation_id = a.variation_id
    )
    UNION ALL
    SELECT
        u.experiment_id,
        d.metric_id,
        r.problem_code,
        CONCAT('The metric ''', d.metric_id, ''' version ', d.metric_version, ' ', r.sentence) AS problem
    FROM catalog.metric_definitions AS d
    LEFT JOIN catalog.experiment_metrics AS u
        ON u.metric_id = d.metric_id AND u.metric_version = d.metric_version
    CROSS APPLY
    (
        SELECT
            'metric_type' AS problem_code,
            CONCAT('has the type ''', d.metric_type, '''; allowed are proportion and mean.') AS sentence
        WHERE d.metric_type NOT IN ('proportion', 'mean')
        UNION ALL
        SELECT
            'aggregation' AS problem_code,
            CONCAT('has the aggregation ''', d.aggregation, '''; allowed are count, sum, max, min and avg.') AS sentence
        WHERE d.aggregation NOT IN ('count', 'sum', 'max', 'min', 'avg')
        UNION ALL
        SELECT
            'threshold' AS problem_code,
            CONCAT('has the threshold ', CAST(d.threshold AS varchar(32)),
                '; a proportion needs one above 0, a mean has none.') AS sentence
        WHERE (d.metric_type = 'proportion' AND d.threshold <= 0)
            OR (d.metric_type = 'mean' AND d.threshold IS NOT NULL)
        UNION ALL
        SELECT
            'window' AS problem_code,
            CONCAT('counts from hour ', CAST(d.window_start_hours AS varchar(32)), ' to hour ',
                CAST(d.window_end_hours AS varchar(32)),
                '; the end lies after the start, and both within 50 years.') AS sentence
        WHERE d.window_end_hours <= d.window_start_hours
            OR ABS(d.window_start_hours) > 438000 OR ABS(d.window_end_hours) > 438000
        UNION ALL
        SELECT
            'maturity' AS problem_code,
            CONCAT('has the maturity ''', d.maturity, '''; allowed are complete and all.') AS sentence
        WHERE d.maturity NOT IN ('complete', 'all')
        UNION ALL
        SELECT
            'direction' AS problem_code,
            CONCAT('has the direction ''', d.direction, '''; allowed are increase and decrease.') AS sentence
        WHERE d.direction NOT IN ('increase', 'decrease')
        UNION ALL
        SELECT
            'event_name' AS problem_code,
            'reads the event ''exposure'', which is kept apart from the events that metrics read.' AS sentence
        WHERE d.event_name = 'exposure'
    ) AS r
    UNION ALL
    SELECT
        NULL AS experiment_id,
        NULL AS metric_id,
        'policy_values' AS problem_code,
        CONCAT('The policy ''', p.policy_id, ''' version ', p.policy_version,
            ' has a value out of range: alphas and power lie between 0 and 1, lift and margin are not negative, ',
            'the correction is holm, bonferroni or none.') AS problem
    FROM catalog.decision_policies AS p
    WHERE p.alpha <= 0 OR p.alpha >= 1 OR p.guardrail_alpha <= 0 OR p.guardrail_alpha >= 1
        OR p.srm_alpha <= 0 OR p.srm_alpha >= 1 OR p.guardrail_power <= 0 OR p.guardrail_power >= 1
        OR p.min_relative_lift < 0 OR p.guardrail_margin <= 0 OR p.guardrail_margin >= 1
        OR p.correction NOT IN ('holm', 'bonferroni', 'none')
)
SELECT
    f.experiment_id,
    f.metric_id,
    f.problem_code,
    CAST(f.problem AS varchar(1000)) AS problem
FROM found AS f;
GO

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
source_events AS
(
    SELECT
        e.event_name,
        STRING_AGG(e.attribute, ', ') WITHIN GROUP (ORDER BY e.attribute) AS attribute_list
    FROM catalog.source_events AS e
    GROUP BY e.event_name
),
named_attributes AS
(
    SELECT
        f.metric_id,
        f.metric_version,
        f.attribute
    FROM catalog.metric_filters AS f
    UNION
    SELECT
        d.metric_id,
        d.metric_version,
        d.distinct_attribute AS attribute
    FROM catalog.metric_definitions AS d
    WHERE d.distinct_attribute IS NOT NULL
),
unknown_attributes AS
(
    SELECT
        n.metric_id,
        n.metric_version,
        n.attribute,
        s.event_name,
        s.attribute_list
    FROM named_attributes AS n
    INNER JOIN catalog.metric_definitions AS d
        ON d.metric_id = n.metric_id AND d.metric_version = n.metric_version
    INNER JOIN source_events AS s
        ON s.event_name = d.event_name
    WHERE NOT EXISTS
    (
        SELECT 1 FROM catalog.source_events AS e WHERE e.event_name = d.event_name AND e.attribute = n.attribute
    )
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
            ' primary metrics; exactly one is allowed, under a complete policy one or more.') AS problem
    FROM catalog.experiments AS x
    LEFT JOIN metric_totals AS t
        ON t.experiment_id = x.experiment_id
    LEFT JOIN catalog.decision_policies AS p
        ON p.policy_id = x.policy_id AND p.policy_version = x.policy_version
    WHERE COALESCE(t.primary_count, 0) < 1
        OR (t.primary_count > 1 AND COALESCE(p.policy_kind, 'default') <> 'complete')
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
    WHERE m.margin <= 0 OR (m.margin >= 1 AND COALESCE(m.margin_kind, 'relative') <> 'absolute')
    UNION ALL
    SELECT
        m.experiment_id,
        m.metric_id,
        r.problem_code,
        CONCAT('The metric ''', m.metric_id, ''' of experiment ''', m.experiment_id, ''' ', r.sentence) AS problem
    FROM catalog.experiment_metrics AS m
    INNER JOIN catalog.metric_definitions AS d
        ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = m.experiment_id
    LEFT JOIN catalog.decision_policies AS p
        ON p.policy_id = x.policy_id AND p.policy_version = x.policy_version
    LEFT JOIN catalog.sequential_plans AS q
        ON q.plan_id = x.plan_id AND q.plan_version = COALESCE(x.plan_version, 1)
    CROSS APPLY
    (
        SELECT
            'margin' AS problem_code,
            CONCAT('has the margin kind ''', m.margin_kind, ''', the superiority margin ',
                CAST(m.superiority_margin AS varchar(32)), ' and the equivalence margin ',
                CAST(m.equivalence_margin AS varchar(32)),
                '; kinds are relative and absolute, a superiority margin is not negative, and an equivalence margin ',
                'lies above 0.') AS sentence
        WHERE m.margin_kind NOT IN ('relative', 'absolute') OR m.superiority_margin < 0 OR m.equivalence_margin <= 0
        UNION ALL
        SELECT
            'margin' AS problem_code,
            'has a margin of a difference, which a test of ranks or of times does not take.' AS sentence
        WHERE (m.test_method = 'mann_whitney' OR d.metric_type = 'time_to_event')
            AND (m.superiority_margin IS NOT NULL OR m.equivalence_margin IS NOT NULL OR m.margin_kind = 'absolute')
        UNION ALL
        SELECT
            'covariates' AS problem_code,
            CONCAT('has ', CAST(n.further_count AS varchar(20)),
                ' further covariates; a mean, proportion or retention of randomised units that are no clusters takes ',
                'up to four, its own included, tested by neither student_t nor a log_delta interval.') AS sentence
        FROM
        (
            SELECT
                COUNT_BIG(*) AS further_count
            FROM catalog.experiment_metric_covariates AS k
            WHERE k.experiment_id = m.experiment_id
                AND k.metric_id = m.metric_id
                AND k.covariate_metric_id <> k.metric_id
        ) AS n
        WHERE n.further_count > 0
            AND
            (
                n.further_count > CASE WHEN d.covariate_hours IS NULL THEN 4 ELSE 3 END
                OR d.metric_type NOT IN ('mean', 'proportion', 'retention')
                OR x.cluster_attribute IS NOT NULL
                OR m.test_method = 'student_t'
                OR m.relative_interval = 'log_delta'
            )
        UNION ALL
        SELECT
            'covariate_after_anchor' AS problem_code,
            CONCAT('has the further covariate ''', k.covariate_metric_id,
                ''', of which nothing is measured before the anchor; it takes another metric of the experiment, of ',
                'type mean, proportion or retention, that looks back (covariate_hours).') AS sentence
        FROM catalog.experiment_metric_covariates AS k
        WHERE k.experiment_id = m.experiment_id
            AND k.metric_id = m.metric_id
            AND NOT EXISTS
            (
                SELECT 1
                FROM catalog.experiment_metrics AS o
                INNER JOIN catalog.metric_definitions AS c
                    ON c.metric_id = o.metric_id AND c.metric_version = o.metric_version
                WHERE o.experiment_id = k.experiment_id
                    AND o.metric_id = k.covariate_metric_id
                    AND c.covariate_hours IS NOT NULL
                    AND c.metric_type IN ('mean', 'proportion', 'retention')
            )
        UNION ALL
        SELECT
            'sidedness' AS problem_code,
            CONCAT('is tested ''', m.sidedness,
                '''; allowed are two_sided and one_sided, and gates of the default policy take two-sided tests.')
                AS sentence
        WHERE m.sidedness NOT IN ('two_sided', 'one_sided')
            OR
            (
                m.sidedness = 'one_sided' AND m.metric_role <> 'secondary'
                AND COALESCE(p.policy_kind, 'default') = 'default'
            )
        UNION ALL
        SELECT
            'interval' AS problem_code,
            CONCAT('has the proportion interval ''', m.proportion_interval, ''' and the relative interval ''',
                m.relative_interval,
                '''; a proportion has score, wald, newcombe, miettinen_nurminen or fieller, a mean or ratio fieller, ',
                'delta or (without a covariate) log_delta, any other type has none.') AS sentence
        WHERE (m.proportion_interval IS NOT NULL AND d.metric_type NOT IN ('proportion', 'retention'))
            OR (m.relative_interval IS NOT NULL AND d.metric_type NOT IN ('mean', 'ratio'))
            OR m.proportion_interval NOT IN ('score', 'wald', 'newcombe', 'miettinen_nurminen', 'fieller')
            OR m.relative_interval NOT IN ('fieller', 'delta', 'log_delta')
            OR (m.relative_interval = 'log_delta' AND d.covariate_hours IS NOT NULL)
        UNION ALL
        SELECT
            'test_method' AS problem_code,
            CONCAT('is a ', d.metric_type, ' tested by ''', m.test_method,
                '''; allowed are student_t for means without a covariate, and mann_whitney for any type but ratio, ',
                'quantile and time_to_event.') AS sentence
        WHERE m.test_method NOT IN ('student_t', 'mann_whitney')
            OR (m.test_method = 'student_t' AND (d.metric_type <> 'mean' OR d.covariate_hours IS NOT NULL))
            OR (m.test_method = 'mann_whitney' AND d.metric_type IN ('ratio', 'quantile', 'time_to_event'))
        UNION ALL
        SELECT
            'prior' AS problem_code,
            CONCAT('has the prior ''', m.prior_kind,
                '''; a normal one has a positive prior_sd (of the relative effect), a beta one positive prior_alpha ',
                'and prior_beta and a proportion, a flat one neither.') AS sentence
        WHERE m.prior_kind NOT IN ('flat', 'normal', 'beta')
            OR
            (
                COALESCE(m.prior_kind, 'flat') = 'flat'
                AND
                (
                    m.prior_mean IS NOT NULL OR m.prior_sd IS NOT NULL OR m.prior_alpha IS NOT NULL
                    OR m.prior_beta IS NOT NULL
                )
            )
            OR (m.prior_kind IS NULL AND m.posterior_threshold IS NOT NULL)
            OR
            (
                m.prior_kind = 'normal'
                AND COALESCE(CASE WHEN m.prior_sd > 0 AND m.prior_alpha IS NULL AND m.prior_beta IS NULL THEN 1 END, 0)
                    = 0
            )
            OR
            (
                m.prior_kind = 'beta'
                AND COALESCE(CASE WHEN m.prior_alpha > 0 AND m.prior_beta > 0 AND m.prior_mean IS NULL
                    AND m.prior_sd IS NULL AND d.metric_type IN ('proportion', 'retention') THEN 1 END, 0) = 0
            )
        UNION ALL
        SELECT
            'cluster_time_to_event' AS problem_code,
            'is a time to event in an experiment that randomises clusters; times of members are not compared.'
                AS sentence
        WHERE d.metric_type = 'time_to_event' AND x.cluster_attribute IS NOT NULL
        UNION ALL
        SELECT
            'bayesian_not_monitored' AS problem_code,
            'has a prior in an experiment with a sequential plan; a posterior is no bound for repeated looks.'
                AS sentence
        WHERE m.prior_kind IS NOT NULL AND q.plan_id IS NOT NULL
        UNION ALL
        SELECT
            'no_confidence_sequence' AS problem_code,
            'is tested by ranks or times in an experiment watched by a confidence sequence; group_sequential has those.'
                AS sentence
        WHERE q.plan_kind = 'confidence_sequence'
            AND (m.test_method = 'mann_whitney' OR d.metric_type = 'time_to_event')
    ) AS r
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'plan' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' names the sequential plan ''', x.plan_id, ''' version ',
            COALESCE(x.plan_version, 1), ', which is not in catalog.sequential_plans.') AS problem
    FROM catalog.experiments AS x
    WHERE x.plan_id IS NOT NULL
        AND NOT EXISTS
        (
            SELECT 1
            FROM catalog.sequential_plans AS q
            WHERE q.plan_id = x.plan_id AND q.plan_version = COALESCE(x.plan_version, 1)
        )
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'plan_fixed_late' AS problem_code,
        CONCAT('The sequential plan ''', q.plan_id, ''' version ', q.plan_version, ' was fixed at ',
            CAST(q.fixed_at AS varchar(26)), ', after the start of experiment ''', x.experiment_id, ''' at ',
            CAST(x.start_at AS varchar(26)), '; a plan is fixed before the start.') AS problem
    FROM catalog.experiments AS x
    INNER JOIN catalog.sequential_plans AS q
        ON q.plan_id = x.plan_id AND q.plan_version = COALESCE(x.plan_version, 1)
    WHERE q.fixed_at > x.start_at
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'dependence_unknown' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' has a sequential plan and the correction ''', p.correction,
            ''', which needs a dependence of p-values that repeated looks do not have; allowed are none, bonferroni, ',
            'holm, benjamini_yekutieli and preferential_alpha.') AS problem
    FROM catalog.experiments AS x
    INNER JOIN catalog.sequential_plans AS q
        ON q.plan_id = x.plan_id AND q.plan_version = COALESCE(x.plan_version, 1)
    INNER JOIN catalog.decision_policies AS p
        ON p.policy_id = x.policy_id AND p.policy_version = x.policy_version
    WHERE p.correction IN ('hochberg', 'hommel', 'benjamini_hochberg', 'dunnett')
    UNION ALL
    SELECT
        u.experiment_id,
        NULL AS metric_id,
        'plan_values' AS problem_code,
        CONCAT('The sequential plan ''', q.plan_id, ''' version ', q.plan_version, ' is of the kind ''', q.plan_kind,
            ''' with ', q.planned_units, ' units and the spending ''', q.spending, ''' (',
            CAST(q.spending_parameter AS varchar(32)),
            '); kinds are confidence_sequence and group_sequential, at least 2 units are planned, and only ',
            'group_sequential has spending: obrien_fleming, pocock, kim_demets (parameter above 0) or ',
            'hwang_shih_decani.') AS problem
    FROM catalog.sequential_plans AS q
    LEFT JOIN catalog.experiments AS u
        ON u.plan_id = q.plan_id AND COALESCE(u.plan_version, 1) = q.plan_version
    WHERE q.plan_kind NOT IN ('confidence_sequence', 'group_sequential')
        OR q.planned_units < 2
        OR q.planned_looks < 1
        OR q.spending NOT IN ('obrien_fleming', 'pocock', 'kim_demets', 'hwang_shih_decani')
        OR q.futility_spending NOT IN ('obrien_fleming', 'pocock', 'kim_demets', 'hwang_shih_decani')
        OR (q.plan_kind = 'group_sequential' AND q.spending IS NULL)
        OR (q.plan_kind = 'confidence_sequence' AND (q.spending IS NOT NULL OR q.futility_spending IS NOT NULL))
        OR (q.spending = 'kim_demets' AND COALESCE(CASE WHEN q.spending_parameter > 0 THEN 1 END, 0) = 0)
        OR (q.futility_spending = 'kim_demets' AND COALESCE(CASE WHEN q.futility_parameter > 0 THEN 1 END, 0) = 0)
        OR q.futility_power <= 0 OR q.futility_power >= 1
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
            CONCAT('has the type ''', d.metric_type,
                '''; allowed are proportion, mean, ratio, retention, quantile and time_to_event.') AS sentence
        WHERE d.metric_type NOT IN ('proportion', 'mean', 'ratio', 'retention', 'quantile', 'time_to_event')
        UNION ALL
        SELECT
            'aggregation' AS problem_code,
            CONCAT('has the aggregation ''', d.aggregation, '''; allowed are ', t.allowed_list, '.') AS sentence
        FROM
        (
            VALUES
                ('mean', 'count, value_count, sum, max, min, avg, distinct_values, distinct_days and first_time'),
                ('proportion', 'count, value_count, sum, max, min, avg, distinct_values and distinct_days'),
                ('retention', 'distinct_days, or none'),
                ('quantile', 'none: it is of the values of single events'),
                ('time_to_event', 'first_time, or none'),
                ('ratio', 'none: it has those of its numerator and denominator')
        ) AS t (metric_type, allowed_list)
        WHERE t.metric_type = d.metric_type
            AND NOT EXISTS
            (
                SELECT 1
                FROM
                (
                    VALUES
                        ('mean', 'count'), ('mean', 'value_count'), ('mean', 'sum'), ('mean', 'max'), ('mean', 'min'),
                        ('mean', 'avg'), ('mean', 'distinct_values'), ('mean', 'distinct_days'),
                        ('mean', 'first_time'), ('proportion', 'count'), ('proportion', 'value_count'),
                        ('proportion', 'sum'), ('proportion', 'max'), ('proportion', 'min'), ('proportion', 'avg'),
                        ('proportion', 'distinct_values'), ('proportion', 'distinct_days'),
                        ('retention', 'distinct_days'), ('retention', ''), ('quantile', ''), ('time_to_event', ''),
                        ('time_to_event', 'first_time'), ('ratio', '')
                ) AS k (metric_type, aggregation)
                WHERE k.metric_type = d.metric_type AND k.aggregation = COALESCE(d.aggregation, '')
            )
        UNION ALL
        SELECT
            'threshold' AS problem_code,
            CONCAT('has the threshold ', CAST(d.threshold AS varchar(32)),
                '; a proportion or a retention needs one above 0, any other type has none.') AS sentence
        WHERE (d.metric_type IN ('proportion', 'retention') AND d.threshold <= 0)
            OR (d.metric_type NOT IN ('proportion', 'retention') AND d.threshold IS NOT NULL)
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
            'window' AS problem_code,
            CONCAT('has a delay of ', CAST(d.delay_hours AS varchar(32)), ' and an eligibility of ',
                CAST(d.eligibility_hours AS varchar(32)),
                ' hours; a delay is not negative, an eligibility above 0, and both within 50 years.') AS sentence
        WHERE d.delay_hours < 0 OR d.eligibility_hours <= 0 OR d.delay_hours > 438000 OR d.eligibility_hours > 438000
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
        UNION ALL
        SELECT
            'event_name' AS problem_code,
            'names no event; every type but a ratio reads one.' AS sentence
        WHERE d.event_name IS NULL AND d.metric_type <> 'ratio'
        UNION ALL
        SELECT
            'ratio' AS problem_code,
            'is a ratio and names an event, filters or caps; those belong to its numerator and denominator.' AS sentence
        WHERE d.metric_type = 'ratio'
            AND
            (
                d.event_name IS NOT NULL OR d.cap_lower IS NOT NULL OR d.cap_upper IS NOT NULL
                OR d.winsor_lower IS NOT NULL OR d.winsor_upper IS NOT NULL
                OR EXISTS
                (
                    SELECT 1
                    FROM catalog.metric_filters AS f
                    WHERE f.metric_id = d.metric_id AND f.metric_version = d.metric_version
                )
            )
        UNION ALL
        SELECT
            'ratio' AS problem_code,
            CONCAT('has the numerator ''', d.numerator_metric_id, ''' and the denominator ''', d.denominator_metric_id,
                '''; a ratio needs two metrics of type mean or proportion whose aggregation counts units ',
                'without events as 0, any other type has none.') AS sentence
        FROM
        (
            SELECT
                SUM(CAST(1 AS bigint)) AS part_count
            FROM catalog.metric_definitions AS c
            WHERE c.metric_type IN ('mean', 'proportion', 'retention')
                AND COALESCE(c.aggregation, 'distinct_days') IN
                    ('count', 'value_count', 'sum', 'distinct_values', 'distinct_days')
                AND
                (
                    (c.metric_id = d.numerator_metric_id AND c.metric_version = d.numerator_metric_version)
                    OR (c.metric_id = d.denominator_metric_id AND c.metric_version = d.denominator_metric_version)
                )
        ) AS n
        WHERE (d.metric_type = 'ratio' AND COALESCE(n.part_count, 0) <> 2)
            OR (d.metric_type <> 'ratio' AND (d.numerator_metric_id IS NOT NULL OR d.denominator_metric_id IS NOT NULL))
        UNION ALL
        SELECT
            'covariate' AS problem_code,
            CONCAT('looks back ', CAST(d.covariate_hours AS varchar(32)),
                ' hours for a covariate; they lie above 0 and within 50 years, and a quantile or a time has none.')
                AS sentence
        WHERE d.covariate_hours <= 0 OR d.covariate_hours > 438000
            OR (d.covariate_hours IS NOT NULL AND d.metric_type IN ('quantile', 'time_to_event'))
            OR (d.covariate_hours IS NULL AND d.covariate_metric_id IS NOT NULL)
        UNION ALL
        SELECT
            'covariate' AS problem_code,
            CONCAT('has the covariate ''', COALESCE(d.covariate_metric_id, d.metric_id),
                '''; a ratio takes itself or another ratio, any other type a metric whose aggregation counts units ',
                'without events as 0.') AS sentence
        WHERE d.covariate_hours IS NOT NULL
            AND NOT EXISTS
            (
                SELECT 1
                FROM catalog.metric_definitions AS c
                WHERE c.metric_id = COALESCE(d.covariate_metric_id, d.metric_id)
                    AND c.metric_version = COALESCE(d.covariate_metric_version, d.metric_version)
                    AND
                    (
                        (d.metric_type = 'ratio' AND c.metric_type = 'ratio')
                        OR
                        (
                            d.metric_type <> 'ratio'
                            AND c.metric_type IN ('mean', 'proportion', 'retention')
                            AND COALESCE(c.aggregation, 'distinct_days') IN
                                ('count', 'value_count', 'sum', 'distinct_values', 'distinct_days')
                        )
                    )
            )
        UNION ALL
        SELECT
            'quantile_fraction' AS problem_code,
            CONCAT('has the quantile fraction ', CAST(d.quantile_fraction AS varchar(32)),
                '; a quantile needs one between 0 and 1, any other type has none.') AS sentence
        WHERE (d.metric_type = 'quantile'
                AND COALESCE(CASE WHEN d.quantile_fraction > 0 AND d.quantile_fraction < 1 THEN 1 END, 0) = 0)
            OR (d.metric_type <> 'quantile' AND d.quantile_fraction IS NOT NULL)
        UNION ALL
        SELECT
            'cap' AS problem_code,
            CONCAT('is held between ', CAST(d.cap_lower AS varchar(32)), ' and ', CAST(d.cap_upper AS varchar(32)),
                ', or the percentiles ', CAST(d.winsor_lower AS varchar(32)), ' and ',
                CAST(d.winsor_upper AS varchar(32)),
                '; the lower lies below the upper, percentiles between 0 and 1, each side has one of both, and only a ',
                'mean has caps.') AS sentence
        WHERE d.cap_lower >= d.cap_upper OR d.winsor_lower >= d.winsor_upper
            OR d.winsor_lower <= 0 OR d.winsor_lower >= 1 OR d.winsor_upper <= 0 OR d.winsor_upper >= 1
            OR (d.cap_lower IS NOT NULL AND d.winsor_lower IS NOT NULL)
            OR (d.cap_upper IS NOT NULL AND d.winsor_upper IS NOT NULL)
            OR
            (
                d.metric_type IN ('proportion', 'retention', 'quantile', 'time_to_event')
                AND
                (
                    d.cap_lower IS NOT NULL OR d.cap_upper IS NOT NULL OR d.winsor_lower IS NOT NULL
                    OR d.winsor_upper IS NOT NULL
                )
            )
        UNION ALL
        SELECT
            'distinct_attribute' AS problem_code,
            CONCAT('counts distinct values of the attribute ''', d.distinct_attribute,
                ''' with another aggregation than distinct_values.') AS sentence
        WHERE d.distinct_attribute IS NOT NULL AND COALESCE(d.aggregation, '') <> 'distinct_values'
        UNION ALL
        SELECT
            'source_attribute' AS problem_code,
            CONCAT('reads the attribute ''', w.attribute, ''' of the event ''', w.event_name,
                ''', which has none of that name; it has ', COALESCE(w.attribute_list, 'none at all'), '.')
                AS sentence
        FROM unknown_attributes AS w
        WHERE w.metric_id = d.metric_id AND w.metric_version = d.metric_version
        UNION ALL
        SELECT
            'filter' AS problem_code,
            CONCAT('has the filter ', f.filter_number, ' on ''', f.attribute, ''' with the operator ''', f.operator,
                '''; equals and in need a text, range a lower or an upper number or both in order, is_null and ',
                'not_null neither; only in has several values.') AS sentence
        FROM catalog.metric_filters AS f
        WHERE f.metric_id = d.metric_id
            AND f.metric_version = d.metric_version
            AND CASE
                WHEN f.operator IN ('equals', 'in')
                    THEN CASE
                        WHEN f.text_value IS NOT NULL AND f.low_value IS NULL AND f.high_value IS NULL
                            AND (f.operator = 'in' OR f.value_number = 1) THEN 1
                        ELSE 0
                    END
                WHEN f.operator = 'range'
                    THEN CASE
                        WHEN f.text_value IS NULL AND f.value_number = 1 AND f.low_value >= f.high_value THEN 0
                        WHEN f.text_value IS NULL AND f.value_number = 1
                            AND (f.low_value IS NOT NULL OR f.high_value IS NOT NULL) THEN 1
                        ELSE 0
                    END
                WHEN f.operator IN ('is_null', 'not_null')
                    THEN CASE
                        WHEN f.text_value IS NULL AND f.low_value IS NULL AND f.high_value IS NULL
                            AND f.value_number = 1 THEN 1
                        ELSE 0
                    END
                ELSE 0
            END = 0
    ) AS r
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'computed_modes' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' computes the modes ''', x.computed_modes,
            '''; allowed are both, itt and exposed, and the analysis mode must be among them.') AS problem
    FROM catalog.experiments AS x
    WHERE x.computed_modes NOT IN ('both', 'itt', 'exposed')
        OR (x.computed_modes IN ('itt', 'exposed') AND x.analysis_mode <> x.computed_modes)
    UNION ALL
    SELECT
        w.experiment_id,
        NULL AS metric_id,
        'weight_change' AS problem_code,
        CONCAT('The change of weights of experiment ''', w.experiment_id, ''' at ', CAST(w.effective_at AS varchar(26)),
            ' names ', w.known_count, ' of its ', COALESCE(t.variation_count, 0), ' variations with the sum ',
            CAST(w.weight_sum AS varchar(32)), '; it must name each, with weights of at least 0 that sum to 1, ',
            'after the start.') AS problem
    FROM
    (
        SELECT
            c.experiment_id,
            c.effective_at,
            SUM(c.weight) AS weight_sum,
            MIN(c.weight) AS lowest_weight,
            COUNT_BIG(v.variation_id) AS known_count,
            COUNT_BIG(*) AS row_count
        FROM catalog.experiment_weight_changes AS c
        LEFT JOIN catalog.experiment_variations AS v
            ON v.experiment_id = c.experiment_id AND v.variation_id = c.variation_id
        GROUP BY c.experiment_id, c.effective_at
    ) AS w
    LEFT JOIN variation_totals AS t
        ON t.experiment_id = w.experiment_id
    LEFT JOIN catalog.experiments AS x
        ON x.experiment_id = w.experiment_id
    WHERE w.known_count <> COALESCE(t.variation_count, 0)
        OR w.known_count <> w.row_count
        OR ABS(w.weight_sum - 1e0) > 1e-9
        OR w.lowest_weight < 0
        OR w.effective_at <= x.start_at
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'layer' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' has the buckets ', x.layer_from, ' to ', x.layer_to,
            ' of the layer ''', x.layer_id, '''; the layer must be in catalog.layers, ',
            'and the buckets a range within 0 and 10000.') AS problem
    FROM catalog.experiments AS x
    WHERE (x.layer_id IS NULL AND (x.layer_from IS NOT NULL OR x.layer_to IS NOT NULL))
        OR
        (
            x.layer_id IS NOT NULL
            AND
            (
                x.layer_from IS NULL OR x.layer_to IS NULL OR x.layer_from < 0 OR x.layer_to > 10000
                OR x.layer_from >= x.layer_to
                OR NOT EXISTS (SELECT 1 FROM catalog.layers AS l WHERE l.layer_id = x.layer_id)
            )
        )
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'layer_overlap' AS problem_code,
        CONCAT('Experiments ''', x.experiment_id, ''' and ''', o.experiment_id, ''' share buckets of the layer ''',
            x.layer_id, ''' at the same time; experiments of a layer exclude each other.') AS problem
    FROM catalog.experiments AS x
    INNER JOIN catalog.experiments AS o
        ON o.layer_id = x.layer_id
    WHERE o.experiment_id <> x.experiment_id
        AND x.layer_from < o.layer_to
        AND o.layer_from < x.layer_to
        AND x.start_at < COALESCE(o.end_at, CAST('9999-12-31' AS datetime2(6)))
        AND o.start_at < COALESCE(x.end_at, CAST('9999-12-31' AS datetime2(6)))
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        'salt' AS problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' draws its variations by the salt ''',
            COALESCE(x.salt, x.experiment_id), ''', which is that of the ', o.what, ' ''', o.owner_id,
            '''; the units that are left to it are then no even sample of its variations, so it needs another.')
            AS problem
    FROM catalog.experiments AS x
    INNER JOIN
    (
        SELECT
            'layer' AS what,
            l.layer_id AS owner_id,
            l.salt
        FROM catalog.layers AS l
        UNION ALL
        SELECT
            'holdout' AS what,
            h.holdout_id AS owner_id,
            h.salt
        FROM catalog.holdouts AS h
    ) AS o
        ON o.salt = COALESCE(x.salt, x.experiment_id)
    WHERE o.what = 'holdout' OR o.owner_id = x.layer_id
    UNION ALL
    SELECT
        e.experiment_id,
        NULL AS metric_id,
        'dimension' AS problem_code,
        CONCAT('Experiment ''', e.experiment_id, ''' has the dimension ''', e.dimension_id,
            ''', which is not in catalog.dimensions.') AS problem
    FROM catalog.experiment_dimensions AS e
    WHERE NOT EXISTS (SELECT 1 FROM catalog.dimensions AS d WHERE d.dimension_id = e.dimension_id)
    UNION ALL
    SELECT
        NULL AS experiment_id,
        NULL AS metric_id,
        'holdout' AS problem_code,
        CONCAT('The holdout ''', h.holdout_id, ''' has ', h.bucket_count,
            ' buckets; allowed are 1 to 9999 of the 10000.') AS problem
    FROM catalog.holdouts AS h
    WHERE h.bucket_count < 1 OR h.bucket_count > 9999
    UNION ALL
    SELECT
        k.experiment_id,
        k.metric_id,
        'covariates' AS problem_code,
        CONCAT('The experiment ''', k.experiment_id, ''' has covariates for ''', k.metric_id,
            ''', which is not among its metrics.') AS problem
    FROM catalog.experiment_metric_covariates AS k
    WHERE NOT EXISTS
    (
        SELECT 1
        FROM catalog.experiment_metrics AS m
        WHERE m.experiment_id = k.experiment_id AND m.metric_id = k.metric_id
    )
    UNION ALL
    SELECT
        x.experiment_id,
        NULL AS metric_id,
        r.problem_code,
        CONCAT('Experiment ''', x.experiment_id, ''' ', r.sentence) AS problem
    FROM catalog.experiments AS x
    CROSS APPLY
    (
        SELECT
            COUNT_BIG(*) AS block_count
        FROM catalog.experiment_blocks AS b
        WHERE b.experiment_id = x.experiment_id
    ) AS n
    CROSS APPLY
    (
        SELECT
            'blocks' AS problem_code,
            CONCAT('has ', n.block_count, ' blocks and no region_attribute, the attribute of units that names the ',
                'region whose blocks they are in.') AS sentence
        WHERE n.block_count > 0 AND x.region_attribute IS NULL
        UNION ALL
        SELECT
            'blocks' AS problem_code,
            CONCAT('has the region_attribute ''', x.region_attribute,
                ''' and no blocks; they say which variation a region had when.') AS sentence
        WHERE n.block_count = 0 AND x.region_attribute IS NOT NULL
        UNION ALL
        SELECT
            'burn_in' AS problem_code,
            CONCAT('has a burn-in of ', CAST(x.burn_in_hours AS varchar(32)),
                ' hours; it is not negative, and only the blocks of a switchback experiment have one.') AS sentence
        WHERE x.burn_in_hours < 0
            OR x.burn_in_hours > 438000
            OR (x.burn_in_hours IS NOT NULL AND x.region_attribute IS NULL)
        UNION ALL
        SELECT
            'block_variation' AS problem_code,
            CONCAT('has blocks, but none of the variation ''', v.variation_id,
                '''; every variation of a weight above 0 needs some.') AS sentence
        FROM catalog.experiment_variations AS v
        WHERE v.experiment_id = x.experiment_id
            AND v.weight > 0
            AND n.block_count > 0
            AND NOT EXISTS
            (
                SELECT 1
                FROM catalog.experiment_blocks AS b
                WHERE b.experiment_id = x.experiment_id AND b.variation_id = v.variation_id
            )
        UNION ALL
        SELECT
            'switchback' AS problem_code,
            CONCAT('randomises blocks of time (region_attribute) and has ', w.what,
                ', which goes with units that are assigned.') AS sentence
        FROM
        (
            SELECT 'the mode exposed' AS what
            WHERE x.analysis_mode = 'exposed' OR x.computed_modes = 'exposed'
            UNION ALL
            SELECT 'a sequential plan' AS what
            WHERE x.plan_id IS NOT NULL
            UNION ALL
            SELECT 'a cluster_attribute' AS what
            WHERE x.cluster_attribute IS NOT NULL
            UNION ALL
            SELECT 'a trigger_event' AS what
            WHERE x.trigger_event IS NOT NULL
            UNION ALL
            SELECT 'a layer' AS what
            WHERE x.layer_id IS NOT NULL
            UNION ALL
            SELECT 'changes of weights' AS what
            WHERE EXISTS
                (SELECT 1 FROM catalog.experiment_weight_changes AS c WHERE c.experiment_id = x.experiment_id)
            UNION ALL
            SELECT 'dimensions' AS what
            WHERE EXISTS (SELECT 1 FROM catalog.experiment_dimensions AS d WHERE d.experiment_id = x.experiment_id)
            UNION ALL
            SELECT 'units assigned by hashing' AS what
            WHERE EXISTS (SELECT 1 FROM catalog.hash_assignments AS h WHERE h.experiment_id = x.experiment_id)
            UNION ALL
            SELECT 'assigned units' AS what
            WHERE EXISTS (SELECT 1 FROM assigned_totals AS a WHERE a.experiment_id = x.experiment_id)
        ) AS w
        WHERE x.region_attribute IS NOT NULL
    ) AS r
    UNION ALL
    SELECT
        b.experiment_id,
        NULL AS metric_id,
        r.problem_code,
        CONCAT('The block of region ''', b.region, ''' at ', CAST(b.block_start_at AS varchar(26)), ' of experiment ''',
            b.experiment_id, ''' ', r.sentence) AS problem
    FROM catalog.experiment_blocks AS b
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = b.experiment_id
    CROSS APPLY
    (
        SELECT
            'block_times' AS problem_code,
            CONCAT('ends at ', CAST(b.block_end_at AS varchar(26)), ', not after its start.') AS sentence
        WHERE b.block_end_at <= b.block_start_at
        UNION ALL
        SELECT
            'block_times' AS problem_code,
            CONCAT('ends at ', CAST(b.block_end_at AS varchar(26)), ', no later than its burn-in of ',
                CAST(x.burn_in_hours AS varchar(32)), ' hours, so that nothing of it would count.') AS sentence
        WHERE b.block_end_at > b.block_start_at
            AND x.burn_in_hours BETWEEN 0 AND 438000
            AND DATEADD
            (
                second,
                CAST(ROUND(CASE WHEN x.burn_in_hours BETWEEN 0 AND 438000 THEN x.burn_in_hours END * 3600e0, 0) AS int),
                b.block_start_at
            ) >= b.block_end_at
        UNION ALL
        SELECT
            'block_times' AS problem_code,
            'does not lie between start and end of the experiment.' AS sentence
        WHERE b.block_start_at < x.start_at OR b.block_end_at > x.end_at
        UNION ALL
        SELECT
            'block_variation' AS problem_code,
            CONCAT('has the variation ''', b.variation_id, ''', which is not in catalog.experiment_variations.')
                AS sentence
        WHERE NOT EXISTS
        (
            SELECT 1
            FROM catalog.experiment_variations AS v
            WHERE v.experiment_id = b.experiment_id AND v.variation_id = b.variation_id
        )
        UNION ALL
        SELECT
            'block_overlap' AS problem_code,
            CONCAT('runs into the next one of the region, which starts at ', CAST(o.next_start_at AS varchar(26)), '.')
                AS sentence
        FROM
        (
            SELECT
                MIN(a.block_start_at) AS next_start_at
            FROM catalog.experiment_blocks AS a
            WHERE a.experiment_id = b.experiment_id AND a.region = b.region AND a.block_start_at > b.block_start_at
        ) AS o
        WHERE o.next_start_at < b.block_end_at
    ) AS r
    UNION ALL
    SELECT
        m.experiment_id,
        m.metric_id,
        'switchback_metric' AS problem_code,
        CONCAT('The metric ''', m.metric_id, ''' of experiment ''', m.experiment_id, ''' is asked of blocks and has ',
            w.what, '; a block takes a mean or proportion of count, value_count or sum, or a ratio of two such, ',
            'tested on both sides by re-randomising the blocks.') AS problem
    FROM catalog.experiment_metrics AS m
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = m.experiment_id
    INNER JOIN catalog.metric_definitions AS d
        ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
    CROSS APPLY
    (
        SELECT CONCAT('the type ', d.metric_type) AS what
        WHERE d.metric_type NOT IN ('mean', 'proportion', 'ratio')
        UNION ALL
        SELECT 'a covariate' AS what
        WHERE d.covariate_hours IS NOT NULL
            OR EXISTS
            (
                SELECT 1
                FROM catalog.experiment_metric_covariates AS k
                WHERE k.experiment_id = m.experiment_id AND k.metric_id = m.metric_id
            )
        UNION ALL
        SELECT DISTINCT CONCAT('the aggregation ', p.aggregation) AS what
        FROM catalog.metric_parts AS p
        WHERE p.metric_id = m.metric_id
            AND p.metric_version = m.metric_version
            AND d.metric_type IN ('mean', 'proportion', 'ratio')
            AND p.aggregation NOT IN ('count', 'value_count', 'sum')
        UNION ALL
        SELECT DISTINCT 'a window, delay or eligibility after an anchor' AS what
        FROM catalog.metric_parts AS p
        WHERE p.metric_id = m.metric_id
            AND p.metric_version = m.metric_version
            AND p.part_name IN ('y', 'd')
            AND d.metric_type IN ('mean', 'proportion', 'ratio')
            AND
            (
                p.window_start_seconds <> 0 OR p.window_end_seconds IS NOT NULL OR p.eligibility_hours IS NOT NULL
                OR d.delay_hours > 0
            )
        UNION ALL
        SELECT DISTINCT 'caps at percentiles' AS what
        FROM catalog.metric_parts AS p
        WHERE p.metric_id = m.metric_id
            AND p.metric_version = m.metric_version
            AND (p.winsor_lower IS NOT NULL OR p.winsor_upper IS NOT NULL)
        UNION ALL
        SELECT 'a test, side, interval, margin or prior of its own' AS what
        WHERE m.test_method IS NOT NULL OR m.sidedness = 'one_sided' OR m.proportion_interval IS NOT NULL
            OR m.relative_interval IS NOT NULL OR m.superiority_margin IS NOT NULL OR m.equivalence_margin IS NOT NULL
            OR m.margin_kind = 'absolute' OR m.prior_kind IS NOT NULL
    ) AS w
    WHERE x.region_attribute IS NOT NULL
    UNION ALL
    SELECT
        NULL AS experiment_id,
        NULL AS metric_id,
        'holdout' AS problem_code,
        CONCAT('The holdout ''', h.holdout_id, ''' ends at ', CAST(h.end_at AS varchar(26)),
            ', not after its start at ', CAST(h.start_at AS varchar(26)), '.') AS problem
    FROM catalog.holdouts AS h
    WHERE h.end_at <= h.start_at
    UNION ALL
    SELECT
        NULL AS experiment_id,
        NULL AS metric_id,
        'holdout' AS problem_code,
        CONCAT('The holdout ''', h.holdout_id, ''' has the salt of the layer ''', l.layer_id,
            '''; it then takes its units from the first buckets of the layer alone, so it needs another.') AS problem
    FROM catalog.holdouts AS h
    INNER JOIN catalog.layers AS l
        ON l.salt = h.salt
    UNION ALL
    SELECT
        NULL AS experiment_id,
        f.metric_id,
        'filter_text' AS problem_code,
        CONCAT('The filters of the metric ''', f.metric_id, ''' version ', f.metric_version,
            ' are longer than 7000 bytes together.') AS problem
    FROM catalog.metric_filters AS f
    GROUP BY f.metric_id, f.metric_version
    HAVING SUM(CAST(DATALENGTH(f.attribute) + COALESCE(DATALENGTH(f.text_value), 0) + 80 AS bigint)) > 7000
    UNION ALL
    SELECT
        NULL AS experiment_id,
        NULL AS metric_id,
        'policy_values' AS problem_code,
        CONCAT('The policy ''', p.policy_id, ''' version ', p.policy_version,
            ' has a value out of range: alphas and power lie between 0 and 1, lift and margin are not negative, ',
            'the kind is default or complete, the correction one of none, bonferroni, holm, hochberg, hommel, ',
            'benjamini_hochberg, benjamini_yekutieli, preferential_alpha (family experiment) and dunnett (family ',
            'variations), the family variations, role or experiment.') AS problem
    FROM catalog.decision_policies AS p
    WHERE p.alpha <= 0 OR p.alpha >= 1 OR p.guardrail_alpha <= 0 OR p.guardrail_alpha >= 1
        OR p.srm_alpha <= 0 OR p.srm_alpha >= 1 OR p.guardrail_power <= 0 OR p.guardrail_power >= 1
        OR p.min_relative_lift < 0 OR p.guardrail_margin <= 0 OR p.guardrail_margin >= 1
        OR p.correction NOT IN
        (
            'none', 'bonferroni', 'holm', 'hochberg', 'hommel', 'benjamini_hochberg', 'benjamini_yekutieli',
            'preferential_alpha', 'dunnett'
        )
        OR p.correction_family NOT IN ('variations', 'role', 'experiment')
        OR (p.correction = 'preferential_alpha' AND COALESCE(p.correction_family, 'variations') <> 'experiment')
        OR (p.correction = 'dunnett' AND COALESCE(p.correction_family, 'variations') <> 'variations')
        OR p.policy_kind NOT IN ('default', 'complete')
        OR p.primary_share <= 0 OR p.primary_share >= 1
        OR p.deterioration_alpha <= 0 OR p.deterioration_alpha >= 1
        OR p.min_weeks < 0
)
SELECT
    f.experiment_id,
    f.metric_id,
    f.problem_code,
    CAST(f.problem AS varchar(1000)) AS problem
FROM found AS f;
GO

/*
One row an experiment and check of its exposure logging, with the share observed, the threshold (a row of
catalog.quality_thresholds) and a verdict. Checks by variation: 'exposure_rate' (units with a valid exposure of the
assigned ones; fails below exposure_rate_min, judged from exposure_units_min units on) and 'exposure_rate_drop' (days
whose rate within 24 hours lies more than anomaly_sigma below the days before, quality.daily_scores; fails with one).
Checks of the whole experiment, variation_id NULL: the five flags of marts.int_experiment_exposure_validation, as units
with the flag of the units with any exposure; fail above flag_rate_max. An experiment without a single exposure is
judged only where its analysis mode is 'exposed': others need not log any.
*/
CREATE OR ALTER VIEW quality.exposure_checks
AS
WITH units AS
(
    SELECT
        v.experiment_id,
        v.variation_id,
        COUNT_BIG(v.assigned_at) AS assigned_count,
        SUM(CASE WHEN v.assigned_at IS NULL THEN CAST(0 AS bigint) ELSE CAST(v.is_valid_exposure AS bigint) END)
            AS valid_count,
        SUM(CASE WHEN v.exposure_count > 0 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) AS exposed_count,
        SUM(CAST(v.pre_assignment_exposure AS bigint)) AS pre_assignment_count,
        SUM(CAST(v.variant_mismatch AS bigint)) AS mismatch_count,
        SUM(CAST(v.multi_variation_exposure AS bigint)) AS multi_variation_count,
        SUM(CAST(v.exposure_outside_window AS bigint)) AS outside_count,
        SUM(CAST(v.unassigned_exposure AS bigint)) AS unassigned_count
    FROM marts.int_experiment_exposure_validation AS v
    GROUP BY v.experiment_id, v.variation_id
),
totals AS
(
    SELECT
        u.experiment_id,
        SUM(u.exposed_count) AS exposed_count,
        SUM(u.pre_assignment_count) AS pre_assignment_count,
        SUM(u.mismatch_count) AS mismatch_count,
        SUM(u.multi_variation_count) AS multi_variation_count,
        SUM(u.outside_count) AS outside_count,
        SUM(u.unassigned_count) AS unassigned_count
    FROM units AS u
    GROUP BY u.experiment_id
),
drops AS
(
    SELECT
        s.experiment_id,
        s.variation_id,
        SUM(CASE WHEN s.rate_z < -q.threshold_value THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) AS drop_count,
        COUNT_BIG(s.rate_z) AS day_count
    FROM quality.daily_scores('exposure') AS s
    INNER JOIN catalog.quality_thresholds AS q
        ON q.threshold_id = 'anomaly_sigma'
    GROUP BY s.experiment_id, s.variation_id
),
checks AS
(
    SELECT
        u.experiment_id,
        u.variation_id,
        CAST('exposure_rate' AS varchar(64)) AS check_name,
        u.valid_count AS counted,
        u.assigned_count AS unit_count,
        r.threshold_value AS threshold,
        CASE
            WHEN CAST(u.assigned_count AS float) >= m.threshold_value
                AND (t.exposed_count > 0 OR x.analysis_mode = 'exposed') THEN 1
            ELSE 0
        END AS is_judged,
        CASE
            WHEN CAST(u.valid_count AS float) < r.threshold_value * CAST(u.assigned_count AS float) THEN 1
            ELSE 0
        END AS is_beyond
    FROM units AS u
    INNER JOIN totals AS t
        ON t.experiment_id = u.experiment_id
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = u.experiment_id
    LEFT JOIN catalog.quality_thresholds AS r
        ON r.threshold_id = 'exposure_rate_min'
    LEFT JOIN catalog.quality_thresholds AS m
        ON m.threshold_id = 'exposure_units_min'
    WHERE u.variation_id IS NOT NULL
    UNION ALL
    SELECT
        d.experiment_id,
        d.variation_id,
        'exposure_rate_drop' AS check_name,
        d.drop_count AS counted,
        d.day_count AS unit_count,
        0e0 AS threshold,
        CASE WHEN d.day_count > 0 THEN 1 ELSE 0 END AS is_judged,
        CASE WHEN d.drop_count > 0 THEN 1 ELSE 0 END AS is_beyond
    FROM drops AS d
    UNION ALL
    SELECT
        t.experiment_id,
        CAST(NULL AS varchar(128)) AS variation_id,
        f.check_name,
        f.counted,
        t.exposed_count AS unit_count,
        q.threshold_value AS threshold,
        CASE WHEN t.exposed_count > 0 THEN 1 ELSE 0 END AS is_judged,
        CASE
            WHEN CAST(f.counted AS float) > q.threshold_value * CAST(t.exposed_count AS float) THEN 1
            ELSE 0
        END AS is_beyond
    FROM totals AS t
    CROSS APPLY
    (
        VALUES
            ('pre_assignment_exposure', t.pre_assignment_count),
            ('variant_mismatch', t.mismatch_count),
            ('multi_variation_exposure', t.multi_variation_count),
            ('exposure_outside_window', t.outside_count),
            ('unassigned_exposure', t.unassigned_count)
    ) AS f (check_name, counted)
    LEFT JOIN catalog.quality_thresholds AS q
        ON q.threshold_id = 'flag_rate_max'
)
SELECT
    c.experiment_id,
    c.variation_id,
    c.check_name,
    c.counted AS affected_count,
    c.unit_count,
    CAST(c.counted AS float) / NULLIF(CAST(c.unit_count AS float), 0) AS observed_share,
    c.threshold,
    c.is_judged,
    CASE WHEN c.is_judged = 1 AND c.is_beyond = 1 THEN 1 ELSE 0 END AS is_failure
FROM checks AS c;
GO

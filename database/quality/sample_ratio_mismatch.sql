/*
One row an experiment, filter stage and variation: observed units against the expected split, by chi-square (Fabijan et
al., KDD 2019). Stages: 'assigned' (units of the cohort) and 'exposed' (those with a valid exposure). critical_value is
the upper 0.001 point of chi-square with as many degrees of freedom as variations of weight above 0, less one. Units in
a variation of weight 0 are a mismatch of their own. The verdict is not corrected for looks; the exact p-value is
written by the runner (results.experiment_srm).
*/
CREATE OR ALTER VIEW quality.sample_ratio_mismatch
AS
WITH stages AS
(
    SELECT
        c.experiment_id,
        c.variation_id,
        'assigned' AS stage,
        SUM(CAST(c.is_itt AS bigint)) AS observed_count
    FROM marts.fct_experiment_cohort AS c
    GROUP BY c.experiment_id, c.variation_id
    UNION ALL
    SELECT
        c.experiment_id,
        c.variation_id,
        'exposed' AS stage,
        SUM(CAST(c.is_exposed AS bigint)) AS observed_count
    FROM marts.fct_experiment_cohort AS c
    GROUP BY c.experiment_id, c.variation_id
),
variations AS
(
    SELECT
        v.experiment_id,
        v.variation_id,
        v.weight,
        names.stage,
        COALESCE(s.observed_count, 0) AS observed_count
    FROM catalog.experiment_variations AS v
    CROSS JOIN (VALUES ('assigned'), ('exposed')) AS names (stage)
    LEFT JOIN stages AS s
        ON s.experiment_id = v.experiment_id AND s.variation_id = v.variation_id AND s.stage = names.stage
),
totals AS
(
    SELECT
        v.experiment_id,
        v.stage,
        SUM(v.observed_count) AS total_count,
        CAST(SUM(CAST(CASE WHEN v.weight > 0 THEN 1 ELSE 0 END AS bigint)) AS int) - 1 AS degrees_of_freedom,
        SUM(CASE WHEN v.weight = 0 THEN v.observed_count ELSE CAST(0 AS bigint) END) AS misplaced_count
    FROM variations AS v
    GROUP BY v.experiment_id, v.stage
),
expected AS
(
    SELECT
        v.experiment_id,
        v.stage,
        v.variation_id,
        v.weight,
        v.observed_count,
        t.degrees_of_freedom,
        t.misplaced_count,
        v.weight * CAST(t.total_count AS float) AS expected_count
    FROM variations AS v
    INNER JOIN totals AS t
        ON t.experiment_id = v.experiment_id AND t.stage = v.stage
),
tested AS
(
    SELECT
        e.experiment_id,
        e.stage,
        SUM
        (
            CASE
                WHEN e.weight > 0
                    THEN (CAST(e.observed_count AS float) - e.expected_count)
                        * (CAST(e.observed_count AS float) - e.expected_count) / NULLIF(e.expected_count, 0)
            END
        ) AS chi_square
    FROM expected AS e
    GROUP BY e.experiment_id, e.stage
)
SELECT
    e.experiment_id,
    e.stage,
    e.variation_id,
    e.observed_count,
    e.expected_count,
    t.chi_square,
    e.degrees_of_freedom,
    k.critical_value,
    CASE WHEN t.chi_square > k.critical_value OR e.misplaced_count > 0 THEN 1 ELSE 0 END AS is_mismatch
FROM expected AS e
INNER JOIN tested AS t
    ON t.experiment_id = e.experiment_id AND t.stage = e.stage
LEFT JOIN
(
    VALUES
        (1, 10.8275661706627e0), (2, 13.8155105579643e0), (3, 16.2662361962381e0), (4, 18.4668269529032e0),
        (5, 20.5150056524329e0), (6, 22.4577444848253e0), (7, 24.3218863478569e0), (8, 26.1244815583761e0),
        (9, 27.8771648712566e0), (10, 29.5882984450744e0), (11, 31.264133620239e0), (12, 32.9094904073602e0),
        (13, 34.5281789748709e0), (14, 36.1232736803981e0), (15, 37.6972982183538e0), (16, 39.2523547907685e0),
        (17, 40.7902167069025e0), (18, 42.3123963316799e0), (19, 43.8201959645175e0), (20, 45.3147466181259e0)
) AS k (degrees_of_freedom, critical_value)
    ON k.degrees_of_freedom = e.degrees_of_freedom;
GO

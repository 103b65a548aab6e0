/*
One row a sample ratio test and variation: observed units against the planned weights (Fabijan et
al., KDD 2019). @scope says which tests: 'overall', 'day' (units assigned up to the end of assignment_date) or
'dimension' (units of one dimension_value). Over weight epochs e with n_e units: E_k = sum n_e w_ek, V = sum n_e
(diag(w_e) - w_e w_e'), chi_square = (O - E)' V^- (O - E), residual = (O_k - E_k) / sqrt(V_kk). With units in one epoch
only that is the usual sum of (O - E)^2 / E. With several epochs the matrix of V, bordered by O - E, is eliminated arm
by arm (Goodnight 1979, the sweep operator; a pivot of 0 is passed over, which makes a generalised inverse): its corner
ends as -chi_square, and the pivots used are the degrees of freedom. For two arms that is (O - E)^2 / V. Four
eliminations serve five arms; with more of them over several epochs the reason is 'needs_runner', without a statistic.
Units whose arm had the weight 0 in their epoch (misplaced_count) are in no sum and a mismatch of their own.
critical_value is the upper .001 point of chi-square. Every step reads the one before it once, so that the cohort is
read three times, not thirty.
*/
CREATE OR ALTER FUNCTION quality.sample_ratio_test (@scope varchar(16))
RETURNS TABLE
AS
RETURN
(
    WITH counts AS
    (
        SELECT
            a.experiment_id,
            a.stage,
            CAST('' AS varchar(16)) AS analysis_mode,
            CAST('' AS varchar(128)) AS metric_id,
            CASE WHEN @scope = 'day' THEN a.assignment_date ELSE CAST('0001-01-01' AS date) END AS assignment_date,
            a.dimension_id,
            a.dimension_value,
            a.variation_id,
            a.weight_epoch,
            a.unit_count
        FROM quality.count_assignments(0) AS a
        WHERE @scope IN ('overall', 'day')
        UNION ALL
        SELECT
            g.experiment_id,
            CAST('valued' AS varchar(80)) AS stage,
            g.analysis_mode,
            g.metric_id,
            CAST('0001-01-01' AS date) AS assignment_date,
            CAST('' AS varchar(64)) AS dimension_id,
            CAST('' AS varchar(400)) AS dimension_value,
            g.variation_id,
            g.weight_epoch,
            g.n_units AS unit_count
        FROM marts.agg_experiment_metric_by_variant AS g
        WHERE @scope = 'overall'
        UNION ALL
        SELECT
            a.experiment_id,
            a.stage,
            CAST('' AS varchar(16)) AS analysis_mode,
            CAST('' AS varchar(128)) AS metric_id,
            CAST('0001-01-01' AS date) AS assignment_date,
            a.dimension_id,
            a.dimension_value,
            a.variation_id,
            a.weight_epoch,
            a.unit_count
        FROM quality.count_assignments(1) AS a
        WHERE @scope = 'dimension'
        UNION ALL
        SELECT
            g.experiment_id,
            CAST('valued' AS varchar(80)) AS stage,
            g.analysis_mode,
            g.metric_id,
            CAST('0001-01-01' AS date) AS assignment_date,
            g.dimension_id,
            g.dimension_value,
            g.variation_id,
            g.weight_epoch,
            g.n_units AS unit_count
        FROM marts.agg_experiment_metric_by_dimension AS g
        WHERE @scope = 'dimension'
        UNION ALL
        /* An experiment without units is listed too. */
        SELECT
            x.experiment_id,
            CAST(always.stage AS varchar(80)) AS stage,
            CAST('' AS varchar(16)) AS analysis_mode,
            CAST('' AS varchar(128)) AS metric_id,
            CAST('0001-01-01' AS date) AS assignment_date,
            CAST('' AS varchar(64)) AS dimension_id,
            CAST('' AS varchar(400)) AS dimension_value,
            CAST('' AS varchar(128)) AS variation_id,
            0 AS weight_epoch,
            CAST(0 AS bigint) AS unit_count
        FROM catalog.experiments AS x
        CROSS JOIN (VALUES ('assigned'), ('exposed')) AS always (stage)
        WHERE @scope = 'overall'
    ),
    /* Every variation of every epoch, also where it has no units. */
    filled AS
    (
        SELECT
            c.experiment_id,
            c.stage,
            c.analysis_mode,
            c.metric_id,
            c.assignment_date,
            c.dimension_id,
            c.dimension_value,
            w.weight_epoch,
            w.variation_id,
            w.weight,
            SUM
            (
                CASE
                    WHEN c.variation_id = w.variation_id AND c.weight_epoch = w.weight_epoch THEN c.unit_count
                    ELSE CAST(0 AS bigint)
                END
            ) AS unit_count
        FROM counts AS c
        INNER JOIN catalog.weight_epochs AS w
            ON w.experiment_id = c.experiment_id
        GROUP BY c.experiment_id, c.stage, c.analysis_mode, c.metric_id, c.assignment_date, c.dimension_id,
            c.dimension_value, w.weight_epoch, w.variation_id, w.weight
    ),
    shares AS
    (
        SELECT
            f.experiment_id,
            f.stage,
            f.analysis_mode,
            f.metric_id,
            f.assignment_date,
            f.dimension_id,
            f.dimension_value,
            DENSE_RANK() OVER
            (
                ORDER BY f.experiment_id, f.stage, f.analysis_mode, f.metric_id, f.assignment_date, f.dimension_id,
                    f.dimension_value
            ) AS test_number,
            f.weight_epoch,
            f.variation_id,
            CASE WHEN f.weight > 0 THEN 1 ELSE 0 END AS has_weight,
            COALESCE
            (
                f.weight / NULLIF
                (
                    SUM(f.weight) OVER
                    (
                        PARTITION BY f.experiment_id, f.stage, f.analysis_mode, f.metric_id, f.assignment_date,
                            f.dimension_id, f.dimension_value, f.weight_epoch
                    ), 0
                ), 0e0
            ) AS share,
            SUM(f.unit_count) OVER
            (
                PARTITION BY f.experiment_id, f.stage, f.analysis_mode, f.metric_id, f.dimension_id,
                    f.dimension_value, f.weight_epoch, f.variation_id
                ORDER BY f.assignment_date
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS unit_count
        FROM filled AS f
    ),
    sized AS
    (
        SELECT
            s.experiment_id,
            s.stage,
            s.analysis_mode,
            s.metric_id,
            s.assignment_date,
            s.dimension_id,
            s.dimension_value,
            s.test_number,
            s.weight_epoch,
            s.variation_id,
            s.has_weight,
            s.share,
            s.unit_count,
            CAST
            (
                SUM(CASE WHEN s.has_weight = 1 THEN s.unit_count ELSE CAST(0 AS bigint) END) OVER
                    (PARTITION BY s.test_number, s.weight_epoch) AS float
            ) AS epoch_units
        FROM shares AS s
    ),
    arms AS
    (
        SELECT
            z.experiment_id,
            z.stage,
            z.analysis_mode,
            z.metric_id,
            z.assignment_date,
            z.dimension_id,
            z.dimension_value,
            z.test_number,
            z.variation_id,
            SUM(z.unit_count) AS observed_count,
            SUM(CASE WHEN z.has_weight = 0 THEN z.unit_count ELSE CAST(0 AS bigint) END) AS misplaced_count,
            SUM(z.epoch_units * z.share) AS expected_count,
            SUM(CASE WHEN z.has_weight = 1 THEN CAST(z.unit_count AS float) ELSE 0e0 END - z.epoch_units * z.share)
                AS deviation,
            SUM(z.epoch_units * z.share * (1e0 - z.share)) AS variance,
            MAX(z.has_weight) AS has_weight,
            SUM(CASE WHEN z.epoch_units > 0 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) AS epoch_count
        FROM sized AS z
        GROUP BY z.experiment_id, z.stage, z.analysis_mode, z.metric_id, z.assignment_date, z.dimension_id,
            z.dimension_value, z.test_number, z.variation_id
    ),
    summed AS
    (
        SELECT
            a.experiment_id,
            a.stage,
            a.analysis_mode,
            a.metric_id,
            a.assignment_date,
            a.dimension_id,
            a.dimension_value,
            a.test_number,
            a.variation_id,
            a.observed_count,
            a.expected_count,
            a.deviation,
            a.variance,
            a.misplaced_count,
            a.epoch_count,
            SUM(a.misplaced_count) OVER (PARTITION BY a.test_number) AS all_misplaced,
            SUM(a.expected_count) OVER (PARTITION BY a.test_number) AS all_expected,
            MIN(CASE WHEN a.has_weight = 1 THEN a.expected_count END) OVER (PARTITION BY a.test_number)
                AS least_expected,
            SUM(CAST(a.has_weight AS bigint)) OVER (PARTITION BY a.test_number) AS weighted_count,
            SUM(CASE WHEN a.variance > 0 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) OVER
                (PARTITION BY a.test_number) AS arm_count,
            SUM(a.deviation * a.deviation / NULLIF(a.expected_count, 0)) OVER (PARTITION BY a.test_number) AS pearson
        FROM arms AS a
    ),
    varied AS
    (
        SELECT
            z.test_number,
            z.weight_epoch,
            z.variation_id,
            z.has_weight,
            z.share,
            z.unit_count,
            z.epoch_units,
            SUM(z.epoch_units * z.share * (1e0 - z.share)) OVER (PARTITION BY z.test_number, z.variation_id)
                AS variance,
            SUM(CASE WHEN z.epoch_units > 0 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) OVER
                (PARTITION BY z.test_number, z.variation_id) AS epoch_count
        FROM sized AS z
    ),
    numbered AS
    (
        SELECT
            v.test_number,
            v.weight_epoch,
            v.epoch_units,
            v.epoch_count,
            v.share,
            CASE WHEN v.has_weight = 1 THEN CAST(v.unit_count AS float) ELSE 0e0 END - v.epoch_units * v.share
                AS deviation,
            DENSE_RANK() OVER (PARTITION BY v.test_number ORDER BY v.variation_id) AS arm_number
        FROM varied AS v
        WHERE v.variance > 0 AND v.epoch_count > 1
    ),
    limited AS
    (
        SELECT
            n.test_number,
            n.weight_epoch,
            n.epoch_units,
            n.share,
            n.deviation,
            n.arm_number,
            MAX(n.arm_number) OVER (PARTITION BY n.test_number) AS arm_count
        FROM numbered AS n
    ),
    /* Row and column 0 are the border: each epoch's observed less expected units. */
    vectors AS
    (
        SELECT
            n.test_number,
            n.weight_epoch,
            n.epoch_units,
            n.share,
            n.deviation,
            CASE WHEN sides.is_border = 1 THEN CAST(0 AS bigint) ELSE n.arm_number END AS arm_number
        FROM limited AS n
        CROSS JOIN (VALUES (0), (1)) AS sides (is_border)
        WHERE n.arm_count <= 5 AND (sides.is_border = 0 OR n.arm_number = 1)
    ),
    matrix AS
    (
        SELECT
            a.test_number,
            a.arm_number AS row_place,
            b.arm_number AS column_place,
            0 AS pivot_count,
            SUM(a.epoch_units) AS unit_total,
            SUM
            (
                CASE
                    WHEN a.arm_number = 0 AND b.arm_number = 0 THEN 0e0
                    WHEN a.arm_number = 0 THEN b.deviation
                    WHEN b.arm_number = 0 THEN a.deviation
                    WHEN a.arm_number = b.arm_number THEN a.epoch_units * a.share * (1e0 - a.share)
                    ELSE -a.epoch_units * a.share * b.share
                END
            ) AS cell
        FROM vectors AS a
        INNER JOIN vectors AS b
            ON b.test_number = a.test_number AND b.weight_epoch = a.weight_epoch
        GROUP BY a.test_number, a.arm_number, b.arm_number
    ),
    after_1 AS
    (
        SELECT
            c.test_number,
            c.row_place,
            c.column_place,
            c.pivot_count + CASE WHEN c.pivot_cell > 1e-10 * c.unit_total THEN 1 ELSE 0 END AS pivot_count,
            c.unit_total,
            CASE
                WHEN c.pivot_cell > 1e-10 * c.unit_total
                    THEN c.cell - c.row_cell * c.column_cell / NULLIF(c.pivot_cell, 0)
                ELSE c.cell
            END AS cell
        FROM
        (
            SELECT
                p.test_number,
                p.row_place,
                p.column_place,
                p.pivot_count,
                p.unit_total,
                p.cell,
                MAX(CASE WHEN p.row_place = 1 AND p.column_place = 1 THEN p.cell END) OVER
                    (PARTITION BY p.test_number) AS pivot_cell,
                MAX(CASE WHEN p.column_place = 1 THEN p.cell END) OVER
                    (PARTITION BY p.test_number, p.row_place) AS row_cell,
                MAX(CASE WHEN p.row_place = 1 THEN p.cell END) OVER
                    (PARTITION BY p.test_number, p.column_place) AS column_cell
            FROM matrix AS p
        ) AS c
        WHERE c.row_place <> 1 AND c.column_place <> 1
    ),
    after_2 AS
    (
        SELECT
            c.test_number,
            c.row_place,
            c.column_place,
            c.pivot_count + CASE WHEN c.pivot_cell > 1e-10 * c.unit_total THEN 1 ELSE 0 END AS pivot_count,
            c.unit_total,
            CASE
                WHEN c.pivot_cell > 1e-10 * c.unit_total
                    THEN c.cell - c.row_cell * c.column_cell / NULLIF(c.pivot_cell, 0)
                ELSE c.cell
            END AS cell
        FROM
        (
            SELECT
                p.test_number,
                p.row_place,
                p.column_place,
                p.pivot_count,
                p.unit_total,
                p.cell,
                MAX(CASE WHEN p.row_place = 2 AND p.column_place = 2 THEN p.cell END) OVER
                    (PARTITION BY p.test_number) AS pivot_cell,
                MAX(CASE WHEN p.column_place = 2 THEN p.cell END) OVER
                    (PARTITION BY p.test_number, p.row_place) AS row_cell,
                MAX(CASE WHEN p.row_place = 2 THEN p.cell END) OVER
                    (PARTITION BY p.test_number, p.column_place) AS column_cell
            FROM after_1 AS p
        ) AS c
        WHERE c.row_place <> 2 AND c.column_place <> 2
    ),
    after_3 AS
    (
        SELECT
            c.test_number,
            c.row_place,
            c.column_place,
            c.pivot_count + CASE WHEN c.pivot_cell > 1e-10 * c.unit_total THEN 1 ELSE 0 END AS pivot_count,
            c.unit_total,
            CASE
                WHEN c.pivot_cell > 1e-10 * c.unit_total
                    THEN c.cell - c.row_cell * c.column_cell / NULLIF(c.pivot_cell, 0)
                ELSE c.cell
            END AS cell
        FROM
        (
            SELECT
                p.test_number,
                p.row_place,
                p.column_place,
                p.pivot_count,
                p.unit_total,
                p.cell,
                MAX(CASE WHEN p.row_place = 3 AND p.column_place = 3 THEN p.cell END) OVER
                    (PARTITION BY p.test_number) AS pivot_cell,
                MAX(CASE WHEN p.column_place = 3 THEN p.cell END) OVER
                    (PARTITION BY p.test_number, p.row_place) AS row_cell,
                MAX(CASE WHEN p.row_place = 3 THEN p.cell END) OVER
                    (PARTITION BY p.test_number, p.column_place) AS column_cell
            FROM after_2 AS p
        ) AS c
        WHERE c.row_place <> 3 AND c.column_place <> 3
    ),
    after_4 AS
    (
        SELECT
            c.test_number,
            c.row_place,
            c.column_place,
            c.pivot_count + CASE WHEN c.pivot_cell > 1e-10 * c.unit_total THEN 1 ELSE 0 END AS pivot_count,
            c.unit_total,
            CASE
                WHEN c.pivot_cell > 1e-10 * c.unit_total
                    THEN c.cell - c.row_cell * c.column_cell / NULLIF(c.pivot_cell, 0)
                ELSE c.cell
            END AS cell
        FROM
        (
            SELECT
                p.test_number,
                p.row_place,
                p.column_place,
                p.pivot_count,
                p.unit_total,
                p.cell,
                MAX(CASE WHEN p.row_place = 4 AND p.column_place = 4 THEN p.cell END) OVER
                    (PARTITION BY p.test_number) AS pivot_cell,
                MAX(CASE WHEN p.column_place = 4 THEN p.cell END) OVER
                    (PARTITION BY p.test_number, p.row_place) AS row_cell,
                MAX(CASE WHEN p.row_place = 4 THEN p.cell END) OVER
                    (PARTITION BY p.test_number, p.column_place) AS column_cell
            FROM after_3 AS p
        ) AS c
        WHERE c.row_place <> 4 AND c.column_place <> 4
    ),
    judged AS
    (
        SELECT
            m.experiment_id,
            m.stage,
            m.analysis_mode,
            m.metric_id,
            m.assignment_date,
            m.dimension_id,
            m.dimension_value,
            m.variation_id,
            m.observed_count,
            m.expected_count,
            m.deviation / NULLIF(SQRT(m.variance), 0) AS residual,
            m.misplaced_count,
            m.all_misplaced,
            CASE
                WHEN m.arm_count > 1 AND m.epoch_count = 1 THEN m.pearson
                WHEN m.arm_count > 1 THEN -e.cell
            END AS chi_square,
            CAST
            (
                CASE
                    WHEN m.epoch_count = 0 OR m.arm_count = 0 THEN m.weighted_count - 1
                    WHEN e.pivot_count IS NOT NULL THEN e.pivot_count
                    ELSE m.arm_count - 1
                END AS int
            ) AS degrees_of_freedom,
            CASE
                WHEN m.weighted_count < 2 THEN 'one_arm'
                WHEN m.all_expected = 0 THEN 'no_data'
                WHEN m.arm_count < 2 THEN 'one_arm'
                WHEN m.epoch_count > 1 AND e.pivot_count IS NULL THEN 'needs_runner'
                WHEN m.least_expected < 5 THEN 'small_expected'
            END AS reason_code
        FROM summed AS m
        LEFT JOIN after_4 AS e
            ON e.test_number = m.test_number AND e.row_place = 0 AND e.column_place = 0
    )
    SELECT
        j.experiment_id,
        j.stage,
        NULLIF(j.analysis_mode, '') AS analysis_mode,
        NULLIF(j.metric_id, '') AS metric_id,
        j.assignment_date,
        j.dimension_id,
        j.dimension_value,
        j.variation_id,
        j.observed_count,
        j.expected_count,
        j.residual,
        j.misplaced_count,
        j.chi_square,
        j.degrees_of_freedom,
        v.critical_value,
        CASE
            WHEN j.all_misplaced > 0 OR j.chi_square > v.critical_value THEN 1
            WHEN j.reason_code = 'needs_runner' THEN NULL
            ELSE 0
        END AS is_mismatch,
        CASE WHEN j.all_misplaced > 0 THEN 'zero_weight_arm_has_units' ELSE j.reason_code END AS reason_code
    FROM judged AS j
    LEFT JOIN
    (
        VALUES
            (1, 10.8275661706627e0), (2, 13.8155105579643e0), (3, 16.2662361962381e0), (4, 18.4668269529032e0),
            (5, 20.5150056524329e0), (6, 22.4577444848253e0), (7, 24.3218863478569e0), (8, 26.1244815583761e0),
            (9, 27.8771648712566e0), (10, 29.5882984450744e0), (11, 31.264133620239e0), (12, 32.9094904073602e0),
            (13, 34.5281789748709e0), (14, 36.1232736803981e0), (15, 37.6972982183538e0), (16, 39.2523547907685e0),
            (17, 40.7902167069025e0), (18, 42.3123963316799e0), (19, 43.8201959645175e0), (20, 45.3147466181259e0)
    ) AS v (degrees_of_freedom, critical_value)
        ON v.degrees_of_freedom = j.degrees_of_freedom
);
GO

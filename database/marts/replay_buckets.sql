/*
One row a metric of an experiment's mode and hash bucket (0 to 9999) that has units of it: what an A/A replay draws its
splits from (STATISTICS: row-9 sums by hash bucket). Units of the cohort, those of @variation_id where it is not NULL,
are hashed with @salt, by themselves or by the value that @cluster_attribute has for them; a unit without a value is
hashed by itself. unit_count is what the metric counts n with; units without events are in the sums. Sums are
centred at the constants of marts.experiment_metric_parts; those of a part that the metric lacks are NULL.
*/
CREATE OR ALTER FUNCTION marts.replay_buckets
(
    @experiment_id varchar(128),
    @analysis_mode varchar(16),
    @variation_id varchar(128),
    @cluster_attribute varchar(128),
    @salt varchar(128),
    @watermark_at datetime2(6)
)
RETURNS TABLE
AS
RETURN
(
    WITH members AS
    (
        SELECT
            a.unit_id,
            CAST(a.attribute_value AS varchar(128)) AS cluster_id,
            ROW_NUMBER() OVER (PARTITION BY a.unit_id ORDER BY a.valid_from DESC) AS place
        FROM staging.stg_unit_attributes AS a
        WHERE a.attribute = @cluster_attribute
    ),
    keyed AS
    (
        SELECT
            c.unit_number,
            CASE WHEN @analysis_mode = 'itt' THEN c.itt_anchor_at ELSE c.exposed_anchor_at END AS anchor_at,
            COALESCE(m.cluster_id, c.unit_id) AS hash_key
        FROM marts.fct_experiment_cohort AS c
        LEFT JOIN members AS m
            ON m.unit_id = c.unit_id AND m.place = 1
        WHERE c.experiment_id = @experiment_id
            AND (@variation_id IS NULL OR c.variation_id = @variation_id)
            AND
            (
                (@analysis_mode = 'itt' AND c.is_itt = 1)
                OR (@analysis_mode = 'exposed' AND c.is_exposed = 1)
            )
    ),
    units AS
    (
        SELECT
            k.unit_number,
            k.anchor_at,
            h.bucket
        FROM keyed AS k
        CROSS APPLY catalog.assignment_bucket(@salt, k.hash_key) AS h
    ),
    metrics AS
    (
        SELECT
            k.metric_id,
            k.metric_version,
            k.has_threshold AS is_rate,
            k.is_zero_filled,
            k.mature_seconds,
            k.anchored_before,
            k.center_y,
            k.center_d,
            k.center_x,
            k.center_w,
            COALESCE(CASE WHEN k.has_members = 0 THEN k.zero_y END, 0e0) AS zero_y,
            COALESCE(CASE WHEN k.has_members = 0 THEN k.zero_x END, 0e0) AS zero_x
        FROM marts.metric_constants AS k
        WHERE k.experiment_id = @experiment_id AND k.analysis_mode = @analysis_mode
    ),
    counted AS
    (
        SELECT
            w.mature_seconds,
            w.anchored_before,
            u.bucket,
            COUNT_BIG(*) AS unit_count
        FROM units AS u
        CROSS JOIN (SELECT DISTINCT m.mature_seconds, m.anchored_before FROM metrics AS m) AS w
        WHERE u.anchor_at < w.anchored_before AND DATEADD(second, w.mature_seconds, u.anchor_at) <= @watermark_at
        GROUP BY w.mature_seconds, w.anchored_before, u.bucket
    ),
    sums AS
    (
        SELECT
            f.metric_id,
            u.bucket,
            COUNT_BIG(*) AS row_count,
            SUM(CAST(f.has_covariate AS bigint)) AS covariate_count,
            SUM(f.y) AS sum_raw,
            SUM(f.y - m.center_y) AS sum_y,
            SUM((f.y - m.center_y) * (f.y - m.center_y)) AS sum_yy,
            SUM(f.d - m.center_d) AS sum_d,
            SUM((f.d - m.center_d) * (f.d - m.center_d)) AS sum_dd,
            SUM((f.y - m.center_y) * (f.d - m.center_d)) AS sum_yd,
            SUM(f.x - m.center_x) AS sum_x,
            SUM((f.x - m.center_x) * (f.x - m.center_x)) AS sum_xx,
            SUM((f.y - m.center_y) * (f.x - m.center_x)) AS sum_yx,
            SUM((f.d - m.center_d) * (f.x - m.center_x)) AS sum_dx,
            SUM(f.w - m.center_w) AS sum_w,
            SUM((f.w - m.center_w) * (f.w - m.center_w)) AS sum_ww,
            SUM((f.y - m.center_y) * (f.w - m.center_w)) AS sum_yw,
            SUM((f.d - m.center_d) * (f.w - m.center_w)) AS sum_dw,
            SUM((f.x - m.center_x) * (f.w - m.center_w)) AS sum_xw
        FROM marts.metric_unit_values(@experiment_id, @watermark_at) AS f
        INNER JOIN units AS u
            ON u.unit_number = f.unit_number
        INNER JOIN metrics AS m
            ON m.metric_id = f.metric_id
        WHERE f.analysis_mode = @analysis_mode AND f.y IS NOT NULL
        GROUP BY f.metric_id, u.bucket
    )
    SELECT
        m.metric_id,
        m.metric_version,
        c.bucket,
        COALESCE(s.row_count, 0) + z.zero_count AS unit_count,
        CASE WHEN m.is_rate = 1 AND m.center_d IS NULL THEN CAST(ROUND(COALESCE(s.sum_raw, 0e0), 0) AS bigint) END
            AS success_count,
        CASE
            WHEN m.center_x IS NOT NULL THEN COALESCE(s.row_count, 0) + z.zero_count - COALESCE(s.covariate_count, 0)
        END AS missing_covariate_count,
        m.center_y,
        m.center_d,
        m.center_x,
        m.center_w,
        COALESCE(s.sum_y, 0e0) + k.zeros * k.step_y AS sum_y,
        COALESCE(s.sum_yy, 0e0) + k.zeros * k.step_y * k.step_y AS sum_yy,
        CASE WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_d, 0e0) END + k.zeros * k.step_d AS sum_d,
        CASE WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_dd, 0e0) END + k.zeros * k.step_d * k.step_d AS sum_dd,
        CASE WHEN m.center_d IS NOT NULL THEN COALESCE(s.sum_yd, 0e0) END + k.zeros * k.step_y * k.step_d AS sum_yd,
        CASE WHEN m.center_x IS NOT NULL THEN COALESCE(s.sum_x, 0e0) END + k.zeros * k.step_x AS sum_x,
        CASE WHEN m.center_x IS NOT NULL THEN COALESCE(s.sum_xx, 0e0) END + k.zeros * k.step_x * k.step_x AS sum_xx,
        CASE WHEN m.center_x IS NOT NULL THEN COALESCE(s.sum_yx, 0e0) END + k.zeros * k.step_y * k.step_x AS sum_yx,
        CASE WHEN m.center_x IS NOT NULL THEN COALESCE(s.sum_dx, 0e0) END + k.zeros * k.step_d * k.step_x AS sum_dx,
        CASE WHEN m.center_w IS NOT NULL THEN COALESCE(s.sum_w, 0e0) END + k.zeros * k.step_w AS sum_w,
        CASE WHEN m.center_w IS NOT NULL THEN COALESCE(s.sum_ww, 0e0) END + k.zeros * k.step_w * k.step_w AS sum_ww,
        CASE WHEN m.center_w IS NOT NULL THEN COALESCE(s.sum_yw, 0e0) END + k.zeros * k.step_y * k.step_w AS sum_yw,
        CASE WHEN m.center_w IS NOT NULL THEN COALESCE(s.sum_dw, 0e0) END + k.zeros * k.step_d * k.step_w AS sum_dw,
        CASE WHEN m.center_w IS NOT NULL THEN COALESCE(s.sum_xw, 0e0) END + k.zeros * k.step_x * k.step_w AS sum_xw
    FROM metrics AS m
    INNER JOIN counted AS c
        ON c.mature_seconds = m.mature_seconds AND c.anchored_before = m.anchored_before
    LEFT JOIN sums AS s
        ON s.metric_id = m.metric_id AND s.bucket = c.bucket
    CROSS APPLY
    (
        SELECT CASE WHEN m.is_zero_filled = 1 THEN c.unit_count - COALESCE(s.row_count, 0) ELSE 0 END AS zero_count
    ) AS z
    CROSS APPLY
    (
        SELECT
            CAST(z.zero_count AS float) AS zeros,
            m.zero_y - m.center_y AS step_y,
            0e0 - m.center_d AS step_d,
            m.zero_x - m.center_x AS step_x,
            0e0 - m.center_w AS step_w
    ) AS k
);
GO

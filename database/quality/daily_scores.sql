/*
One row a daily series and day: how far the day lies from the days before it. @series_kind 'metric' takes the series of
quality.metric_days, 'exposure' those of quality.exposure_days. A day is compared with the complete days among the
anomaly_window_days before it, at least anomaly_min_days of them, else the reason is 'too_few_days'; a day that the
watermark cuts is not compared ('partial_day').

A day's mean varies by its standard error, sigma / sqrt(n): with med the median of the means of the days compared, each
day's distance is d = (mean - med) sqrt(n), so that days of few and of many units are on one scale (sigma is in every d
alike). robust_z = .6745 (d - median d) / MAD of the d (Iglewicz, Hoaglin 1993); iqr_distance: by how many interquartile
ranges d lies outside the quartiles (0 within). Of equal n both are those of the means. rate_z is Laney's p' (2002):
p over the days compared, z = (rate - p) / sqrt(p (1 - p) / n), divided by the mean moving range of their z over 1.128.
Without spread there is no score ('zero_variance'). expected_active: units with events that the days compared give.
*/
CREATE OR ALTER FUNCTION quality.daily_scores (@series_kind varchar(16))
RETURNS TABLE
AS
RETURN
(
    WITH series AS
    (
        SELECT
            m.experiment_id,
            m.analysis_mode,
            m.metric_id,
            m.metric_version,
            m.variation_id,
            m.metric_date AS series_date,
            CASE WHEN m.metric_type = 'proportion' THEN 1 ELSE 0 END AS is_rate,
            m.unit_count,
            m.active_count,
            m.late_event_count,
            m.sum_value,
            m.sum_centered_sq,
            m.is_partial
        FROM quality.metric_days AS m
        WHERE @series_kind = 'metric'
        UNION ALL
        SELECT
            x.experiment_id,
            CAST('' AS varchar(16)) AS analysis_mode,
            CAST('' AS varchar(128)) AS metric_id,
            0 AS metric_version,
            x.variation_id,
            x.assignment_date AS series_date,
            1 AS is_rate,
            x.unit_count,
            x.exposed_count AS active_count,
            CAST(0 AS bigint) AS late_event_count,
            CAST(x.exposed_count AS float) AS sum_value,
            CAST(x.exposed_count AS float) * CAST(x.unit_count - x.exposed_count AS float)
                / NULLIF(CAST(x.unit_count AS float), 0) AS sum_centered_sq,
            x.is_partial
        FROM quality.exposure_days AS x
        WHERE @series_kind = 'exposure'
    ),
    thresholds AS
    (
        SELECT
            CAST(MAX(CASE WHEN q.threshold_id = 'anomaly_window_days' THEN q.threshold_value END) AS int)
                AS window_days,
            CAST(MAX(CASE WHEN q.threshold_id = 'anomaly_min_days' THEN q.threshold_value END) AS int) AS min_days
        FROM catalog.quality_thresholds AS q
    ),
    days AS
    (
        SELECT
            s.experiment_id,
            s.analysis_mode,
            s.metric_id,
            s.metric_version,
            s.variation_id,
            s.series_date,
            s.is_rate,
            s.unit_count,
            s.active_count,
            s.late_event_count,
            s.is_partial,
            CAST(s.unit_count AS float) AS n,
            s.sum_value / NULLIF(CAST(s.unit_count AS float), 0) AS day_mean,
            SQRT
            (
                s.sum_centered_sq / NULLIF(CAST(s.unit_count - 1 AS float), 0) / NULLIF(CAST(s.unit_count AS float), 0)
            ) AS std_error,
            MIN(s.series_date) OVER
                (PARTITION BY s.experiment_id, s.analysis_mode, s.metric_id, s.variation_id) AS first_date,
            MIN(s.series_date) OVER (PARTITION BY s.experiment_id, s.analysis_mode, s.metric_id) AS metric_first_date,
            SUM(s.active_count) OVER (PARTITION BY s.experiment_id, s.analysis_mode, s.metric_id, s.series_date)
                AS all_active_count
        FROM series AS s
    ),
    /* Each day with the days before it: a median has no frame. */
    compared AS
    (
        SELECT
            d.experiment_id,
            d.analysis_mode,
            d.metric_id,
            d.variation_id,
            d.series_date,
            d.n,
            d.day_mean,
            h.series_date AS before_date,
            h.n AS before_n,
            h.day_mean AS before_mean,
            h.is_rate,
            CAST(h.active_count AS float) AS before_active,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY h.day_mean) OVER
                (PARTITION BY d.experiment_id, d.analysis_mode, d.metric_id, d.variation_id, d.series_date)
                AS median_mean,
            SUM(h.day_mean * h.n) OVER
                (PARTITION BY d.experiment_id, d.analysis_mode, d.metric_id, d.variation_id, d.series_date)
                / NULLIF
                (
                    SUM(h.n) OVER
                        (PARTITION BY d.experiment_id, d.analysis_mode, d.metric_id, d.variation_id, d.series_date), 0
                ) AS pooled_mean
        FROM days AS d
        CROSS JOIN thresholds AS t
        INNER JOIN days AS h
            ON h.experiment_id = d.experiment_id
            AND h.analysis_mode = d.analysis_mode
            AND h.metric_id = d.metric_id
            AND h.variation_id = d.variation_id
            AND h.series_date >= DATEADD(day, -t.window_days, d.series_date)
            AND h.series_date < d.series_date
        WHERE h.is_partial = 0 AND d.is_partial = 0
    ),
    scaled AS
    (
        SELECT
            c.experiment_id,
            c.analysis_mode,
            c.metric_id,
            c.variation_id,
            c.series_date,
            c.before_date,
            c.n,
            c.before_n,
            c.before_active,
            c.median_mean,
            (c.day_mean - c.median_mean) * SQRT(c.n) AS distance,
            (c.before_mean - c.median_mean) * SQRT(c.before_n) AS before_distance,
            CASE
                WHEN c.is_rate = 1
                    THEN (c.day_mean - c.pooled_mean)
                        / NULLIF(SQRT(c.pooled_mean * (1e0 - c.pooled_mean) / NULLIF(c.n, 0)), 0)
            END AS z,
            CASE
                WHEN c.is_rate = 1
                    THEN (c.before_mean - c.pooled_mean)
                        / NULLIF(SQRT(c.pooled_mean * (1e0 - c.pooled_mean) / NULLIF(c.before_n, 0)), 0)
            END AS before_z
        FROM compared AS c
    ),
    quartiles AS
    (
        SELECT
            s.experiment_id,
            s.analysis_mode,
            s.metric_id,
            s.variation_id,
            s.series_date,
            s.n,
            s.before_n,
            s.before_active,
            s.median_mean,
            s.distance,
            s.before_distance,
            s.z,
            ABS
            (
                s.before_z - LAG(s.before_z) OVER
                (
                    PARTITION BY s.experiment_id, s.analysis_mode, s.metric_id, s.variation_id, s.series_date
                    ORDER BY s.before_date
                )
            ) AS moving_range,
            PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY s.before_distance) OVER
                (PARTITION BY s.experiment_id, s.analysis_mode, s.metric_id, s.variation_id, s.series_date) AS q1,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY s.before_distance) OVER
                (PARTITION BY s.experiment_id, s.analysis_mode, s.metric_id, s.variation_id, s.series_date) AS q2,
            PERCENTILE_CONT(0.75) WITHIN GROUP (ORDER BY s.before_distance) OVER
                (PARTITION BY s.experiment_id, s.analysis_mode, s.metric_id, s.variation_id, s.series_date) AS q3
        FROM scaled AS s
    ),
    spread AS
    (
        SELECT
            q.experiment_id,
            q.analysis_mode,
            q.metric_id,
            q.variation_id,
            q.series_date,
            q.n,
            q.before_n,
            q.before_active,
            q.median_mean,
            q.distance,
            q.z,
            q.moving_range,
            q.q1,
            q.q2,
            q.q3,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY ABS(q.before_distance - q.q2)) OVER
                (PARTITION BY q.experiment_id, q.analysis_mode, q.metric_id, q.variation_id, q.series_date) AS mad
        FROM quartiles AS q
    ),
    scored AS
    (
        SELECT
            p.experiment_id,
            p.analysis_mode,
            p.metric_id,
            p.variation_id,
            p.series_date,
            COUNT_BIG(*) AS compared_count,
            MAX(p.median_mean) AS median_mean,
            0.6745e0 * (MAX(p.distance) - MAX(p.q2)) / NULLIF(MAX(p.mad), 0) AS robust_z,
            CASE
                WHEN MAX(p.distance) > MAX(p.q3) THEN MAX(p.distance) - MAX(p.q3)
                WHEN MAX(p.distance) < MAX(p.q1) THEN MAX(p.distance) - MAX(p.q1)
                ELSE 0e0
            END / NULLIF(MAX(p.q3) - MAX(p.q1), 0) AS iqr_distance,
            MAX(p.z) / NULLIF(AVG(p.moving_range) / 1.128e0, 0) AS rate_z,
            SUM(p.before_active) * MAX(p.n) / NULLIF(SUM(p.before_n), 0) AS expected_active
        FROM spread AS p
        GROUP BY p.experiment_id, p.analysis_mode, p.metric_id, p.variation_id, p.series_date
    )
    SELECT
        d.experiment_id,
        d.analysis_mode,
        d.metric_id,
        d.metric_version,
        d.variation_id,
        d.series_date,
        d.is_rate,
        d.unit_count,
        d.active_count,
        d.all_active_count,
        d.late_event_count,
        d.day_mean,
        d.std_error,
        COALESCE(s.compared_count, CAST(0 AS bigint)) AS compared_count,
        s.median_mean,
        CASE WHEN s.compared_count >= t.min_days THEN s.robust_z END AS robust_z,
        CASE WHEN s.compared_count >= t.min_days THEN s.iqr_distance END AS iqr_distance,
        CASE WHEN s.compared_count >= t.min_days THEN s.rate_z END AS rate_z,
        CASE WHEN s.compared_count >= t.min_days THEN s.expected_active END AS expected_active,
        CASE WHEN d.series_date = d.first_date AND d.first_date > d.metric_first_date THEN 1 ELSE 0 END
            AS is_new_series,
        CASE
            WHEN d.is_partial = 1 THEN 'partial_day'
            WHEN COALESCE(s.compared_count, 0) < t.min_days THEN 'too_few_days'
            WHEN s.robust_z IS NULL AND s.iqr_distance IS NULL AND s.rate_z IS NULL THEN 'zero_variance'
        END AS reason_code
    FROM days AS d
    CROSS JOIN thresholds AS t
    LEFT JOIN scored AS s
        ON s.experiment_id = d.experiment_id
        AND s.analysis_mode = d.analysis_mode
        AND s.metric_id = d.metric_id
        AND s.variation_id = d.variation_id
        AND s.series_date = d.series_date
);
GO

/*
One row an experiment, mode, metric, variation and UTC calendar day, with its scores against the days before it
(quality.daily_scores has the formulas; thresholds are rows of catalog.quality_thresholds) and what is odd about it:
is_robust_anomaly (|robust_z| > anomaly_robust_z), is_iqr_anomaly (|iqr_distance| > anomaly_iqr), is_rate_anomaly (of a
rate, |rate_z| > anomaly_sigma), is_sudden_zero (no unit with events where anomaly_zero_expected or more were expected),
is_missing_day (the same of all variations together), is_new_series (the first day of a variation that began after
another one), is_late_day (events came after those of a later day). is_anomaly: one of the first five. Scores are NULL
with a reason_code.
*/
CREATE OR ALTER VIEW quality.metric_anomalies
AS
WITH thresholds AS
(
    SELECT
        MAX(CASE WHEN q.threshold_id = 'anomaly_robust_z' THEN q.threshold_value END) AS robust_z,
        MAX(CASE WHEN q.threshold_id = 'anomaly_iqr' THEN q.threshold_value END) AS iqr_distance,
        MAX(CASE WHEN q.threshold_id = 'anomaly_sigma' THEN q.threshold_value END) AS rate_z,
        MAX(CASE WHEN q.threshold_id = 'anomaly_zero_expected' THEN q.threshold_value END) AS zero_expected
    FROM catalog.quality_thresholds AS q
),
judged AS
(
    SELECT
        s.experiment_id,
        s.analysis_mode,
        s.metric_id,
        s.metric_version,
        s.variation_id,
        s.series_date,
        s.unit_count,
        s.active_count,
        s.late_event_count,
        s.compared_count,
        s.day_mean,
        s.std_error,
        s.median_mean,
        s.robust_z,
        s.iqr_distance,
        s.rate_z,
        s.expected_active,
        s.is_new_series,
        s.reason_code,
        CASE WHEN ABS(s.robust_z) > t.robust_z THEN 1 ELSE 0 END AS is_robust_anomaly,
        CASE WHEN ABS(s.iqr_distance) > t.iqr_distance THEN 1 ELSE 0 END AS is_iqr_anomaly,
        CASE WHEN ABS(s.rate_z) > t.rate_z THEN 1 ELSE 0 END AS is_rate_anomaly,
        CASE WHEN s.active_count = 0 AND s.expected_active >= t.zero_expected THEN 1 ELSE 0 END AS is_sudden_zero,
        CASE
            WHEN s.all_active_count = 0
                AND SUM(s.expected_active) OVER
                    (PARTITION BY s.experiment_id, s.analysis_mode, s.metric_id, s.series_date) >= t.zero_expected
                THEN 1
            ELSE 0
        END AS is_missing_day
    FROM quality.daily_scores('metric') AS s
    CROSS JOIN thresholds AS t
)
SELECT
    j.experiment_id,
    j.analysis_mode,
    j.metric_id,
    j.metric_version,
    j.variation_id,
    j.series_date AS metric_date,
    j.unit_count,
    j.active_count,
    j.late_event_count,
    j.compared_count,
    j.day_mean,
    j.std_error,
    j.median_mean,
    j.robust_z,
    j.iqr_distance,
    j.rate_z,
    j.expected_active,
    j.is_robust_anomaly,
    j.is_iqr_anomaly,
    j.is_rate_anomaly,
    j.is_sudden_zero,
    j.is_missing_day,
    j.is_new_series,
    CASE WHEN j.late_event_count > 0 THEN 1 ELSE 0 END AS is_late_day,
    CASE
        WHEN j.is_robust_anomaly + j.is_iqr_anomaly + j.is_rate_anomaly + j.is_sudden_zero + j.is_missing_day > 0 THEN 1
        ELSE 0
    END AS is_anomaly,
    j.reason_code
FROM judged AS j;
GO

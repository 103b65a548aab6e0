/*
One row a mode and metric that is followed by day of tenure: of type mean, proportion, ratio or retention, in
experiments that randomise their analysis units. Days from first_day to before end_day lie inside its windows (of a
ratio, inside both), none before the anchor and 90 at most; a day counts for a unit when it was over by horizon_at: the
watermark or, of a window without end, the end of the experiment. is_sum = 1: a unit's value of a day is the number or
sum of its events, or whether that reaches a threshold.
*/
CREATE OR ALTER FUNCTION marts.tenure_windows
(
    @experiment_id varchar(128),
    @watermark_at datetime2(6)
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        MIN(p.anchored_before) AS anchored_before,
        MIN(m.window_end_seconds) AS window_end_seconds,
        MAX
        (
            CASE
                WHEN m.window_start_seconds < 0 THEN 0
                ELSE CAST(CEILING(CAST(m.window_start_seconds AS float) / 86400e0) AS int)
            END
        ) AS first_day,
        MIN
        (
            CASE
                WHEN m.window_end_seconds IS NULL THEN 90
                WHEN m.window_end_seconds >= 7776000 THEN 90
                ELSE CAST(FLOOR(CAST(m.window_end_seconds AS float) / 86400e0) AS int)
            END
        ) AS end_day,
        MIN
        (
            CASE
                WHEN m.window_end_seconds IS NULL AND x.end_at < @watermark_at THEN x.end_at
                ELSE @watermark_at
            END
        ) AS horizon_at,
        MIN
        (
            CASE
                WHEN p.metric_type = 'retention' THEN 1
                WHEN p.metric_type IN ('mean', 'proportion') AND p.aggregation IN ('count', 'value_count', 'sum')
                    THEN 1
                ELSE 0
            END
        ) AS is_sum
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_measures AS m
        ON m.experiment_id = p.experiment_id AND m.measure_number = p.measure_number
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = p.experiment_id
    WHERE p.experiment_id = @experiment_id
        AND p.metric_type IN ('mean', 'proportion', 'ratio', 'retention')
        AND p.part_name IN ('y', 'd')
        AND x.cluster_attribute IS NULL
    GROUP BY p.analysis_mode, p.metric_id, p.metric_version
);
GO

/*
One row a mode, metric of time to event and unit: the microseconds from its anchor to its first event in the window, or
to where it is censored: the end of the window, or @end_at where the window has none, at @watermark_at at the latest.
*/
CREATE OR ALTER FUNCTION marts.metric_times
(
    @experiment_id varchar(128),
    @watermark_at datetime2(6),
    @end_at datetime2(6)
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        p.analysis_mode,
        p.metric_id,
        p.metric_version,
        u.unit_number,
        u.variation_id,
        u.weight_epoch,
        CASE WHEN s.first_at IS NULL THEN 0 ELSE 1 END AS has_event,
        DATEDIFF_BIG
        (
            microsecond, u.anchor_at,
            CASE
                WHEN s.first_at IS NOT NULL THEN s.first_at
                WHEN m.window_end_seconds IS NULL THEN @end_at
                WHEN DATEADD(second, m.window_end_seconds, u.anchor_at) < @watermark_at
                    THEN DATEADD(second, m.window_end_seconds, u.anchor_at)
                ELSE @watermark_at
            END
        ) AS duration
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_measures AS m
        ON m.experiment_id = p.experiment_id
        AND m.analysis_mode = p.analysis_mode
        AND m.measure_number = p.measure_number
    INNER JOIN marts.experiment_units AS u
        ON u.experiment_id = p.experiment_id AND u.analysis_mode = p.analysis_mode
    LEFT JOIN marts.experiment_measure_units AS s
        ON s.experiment_id = p.experiment_id
        AND s.measure_number = p.measure_number
        AND s.unit_number = u.unit_number
    WHERE p.experiment_id = @experiment_id
        AND m.experiment_id = @experiment_id
        AND u.experiment_id = @experiment_id
        AND p.metric_type = 'time_to_event'
        AND p.part_name = 'y'
        AND u.anchor_at < p.anchored_before
        AND DATEADD(second, p.mature_seconds, u.anchor_at) <= @watermark_at
);
GO

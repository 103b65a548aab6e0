/*
One row a mode, metric, part and analysis unit without events for it, where the part counts such a unit as 0 and a cap
moves that 0: held_zero is the cap. Most metrics have none: a lower cap is mostly 0 or below.
*/
CREATE OR ALTER FUNCTION marts.held_zeros
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
        p.part_name,
        p.part_count,
        u.unit_id,
        u.cluster_id,
        u.variation_id,
        u.weight_epoch,
        u.anchor_at,
        CASE WHEN y.is_zero_filled = 1 THEN 1 ELSE 0 END AS is_y_zero_filled,
        CASE WHEN p.cap_upper < 0 THEN p.cap_upper ELSE p.cap_lower END AS held_zero
    FROM marts.experiment_metric_parts AS p
    INNER JOIN marts.experiment_metric_parts AS y
        ON y.experiment_id = p.experiment_id
        AND y.analysis_mode = p.analysis_mode
        AND y.metric_id = p.metric_id
        AND y.part_name = 'y'
    INNER JOIN marts.analysis_units(@experiment_id, 0) AS u
        ON u.analysis_mode = p.analysis_mode
    WHERE p.experiment_id = @experiment_id
        AND y.experiment_id = @experiment_id
        AND p.is_zero_filled = 1
        AND p.threshold IS NULL
        AND (p.cap_lower > 0 OR p.cap_upper < 0)
        AND u.anchor_at < p.anchored_before
        AND DATEADD(second, p.mature_seconds, u.anchor_at) <= @watermark_at
        AND NOT EXISTS
        (
            SELECT 1
            FROM marts.experiment_measure_units AS m
            WHERE m.experiment_id = @experiment_id
                AND m.analysis_mode = p.analysis_mode
                AND m.measure_number = p.measure_number
                AND m.unit_id = u.unit_id
        )
);
GO

/*
One row a measure and event of an analysis unit in the measure's half-open window [anchor + start, anchor + end), the
anchor that of the measure's mode; a window without end runs to the experiment's end. Of a measure with filters, only
the events that pass them. A unit is joined to its events once, for both modes. @changed_only = 1 takes only the units
of marts.refresh_units.
*/
CREATE OR ALTER FUNCTION marts.measure_events
(
    @experiment_id varchar(128),
    @changed_only int
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        m.analysis_mode,
        m.measure_number,
        u.unit_number,
        u.member_number,
        u.arm_number,
        n.anchor_at,
        e.load_id,
        e.line_number,
        e.event_name,
        e.event_value,
        e.event_at,
        m.has_tenure_days
    FROM marts.fct_metric_events AS e
    INNER JOIN marts.analysis_units(@experiment_id, @changed_only) AS u
        ON u.unit_id = e.unit_id
    INNER JOIN marts.experiment_measures AS m
        ON m.event_name = e.event_name
    CROSS APPLY
    (
        SELECT CASE WHEN m.analysis_mode = 'itt' THEN u.itt_anchor_at ELSE u.exposed_anchor_at END AS anchor_at
    ) AS n
    WHERE m.experiment_id = @experiment_id
        AND m.filter_metric_id IS NULL
        AND e.event_at >= DATEADD(second, m.window_start_seconds, n.anchor_at)
        AND e.event_at < COALESCE(DATEADD(second, m.window_end_seconds, n.anchor_at), u.end_at)
    UNION ALL
    SELECT
        m.analysis_mode,
        m.measure_number,
        u.unit_number,
        u.member_number,
        u.arm_number,
        n.anchor_at,
        e.load_id,
        e.line_number,
        e.event_name,
        e.event_value,
        e.event_at,
        m.has_tenure_days
    FROM marts.fct_metric_events AS e
    INNER JOIN marts.filter_events AS f
        ON f.load_id = e.load_id AND f.line_number = e.line_number
    INNER JOIN marts.analysis_units(@experiment_id, @changed_only) AS u
        ON u.unit_id = e.unit_id
    INNER JOIN marts.experiment_measures AS m
        ON m.event_name = e.event_name
        AND m.filter_metric_id = f.filter_metric_id
        AND m.filter_metric_version = f.filter_metric_version
    CROSS APPLY
    (
        SELECT CASE WHEN m.analysis_mode = 'itt' THEN u.itt_anchor_at ELSE u.exposed_anchor_at END AS anchor_at
    ) AS n
    WHERE m.experiment_id = @experiment_id
        AND e.event_at >= DATEADD(second, m.window_start_seconds, n.anchor_at)
        AND e.event_at < COALESCE(DATEADD(second, m.window_end_seconds, n.anchor_at), u.end_at)
);
GO

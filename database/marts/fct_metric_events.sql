/* One row an event that metrics can read, of every source; load_id and line_number name the row it was staged from. */
CREATE OR ALTER VIEW marts.fct_metric_events
AS
SELECT
    c.unit_id,
    c.event_name,
    c.attributes,
    c.event_value,
    c.event_at,
    c.load_id,
    c.line_number
FROM staging.stg_conversion_events AS c;
GO

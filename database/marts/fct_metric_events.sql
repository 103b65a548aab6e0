/* One row an event that metrics can read, from every source. */
CREATE OR ALTER VIEW marts.fct_metric_events
AS
SELECT
    c.unit_id,
    c.event_name,
    c.attributes,
    c.event_value,
    c.event_at
FROM staging.stg_conversion_events AS c;
GO

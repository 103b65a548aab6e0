/*
One row: the aggregate of an analysis unit's events from its row of marts.experiment_measure_units: count, value_count,
sum, max, min, avg, distinct_values, distinct_days, or first_time, the hours from the anchor to the first event. NULL
where the unit has no value.
*/
CREATE OR ALTER FUNCTION marts.unit_aggregate
(
    @aggregation varchar(16),
    @event_count bigint,
    @value_count bigint,
    @distinct_value_count bigint,
    @distinct_day_count bigint,
    @sum_value float,
    @min_value float,
    @max_value float,
    @anchor_at datetime2(6),
    @first_at datetime2(6)
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        CASE @aggregation
            WHEN 'count' THEN CAST(@event_count AS float)
            WHEN 'sum' THEN COALESCE(@sum_value, 0e0)
            WHEN 'value_count' THEN CAST(@value_count AS float)
            WHEN 'max' THEN @max_value
            WHEN 'min' THEN @min_value
            WHEN 'avg' THEN @sum_value / NULLIF(CAST(@value_count AS float), 0)
            WHEN 'distinct_values' THEN CAST(@distinct_value_count AS float)
            WHEN 'distinct_days' THEN CAST(@distinct_day_count AS float)
            WHEN 'first_time' THEN CAST(DATEDIFF_BIG(microsecond, @anchor_at, @first_at) AS float) / 3600000000e0
        END AS aggregate_value
);
GO

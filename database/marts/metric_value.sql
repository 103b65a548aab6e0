/*
One row: what an analysis unit gives to a part of a metric, from its row of marts.experiment_measure_units. The value is
the aggregate of its events (count, value_count, sum, max, min, avg, distinct_values, distinct_days, or first_time, the
hours from the anchor to the first event), then 1 or 0 by the threshold where there is one. raw_value is the value
before, metric_value after the cap. NULL where the unit has no value.
*/
CREATE OR ALTER FUNCTION marts.metric_value
(
    @aggregation varchar(16),
    @threshold float,
    @cap_lower float,
    @cap_upper float,
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
        t.raw_value,
        CASE
            WHEN t.raw_value > @cap_upper THEN @cap_upper
            WHEN t.raw_value < @cap_lower THEN @cap_lower
            ELSE t.raw_value
        END AS metric_value
    FROM
    (
        SELECT
            CASE
                WHEN @threshold IS NULL THEN a.aggregate_value
                WHEN a.aggregate_value >= @threshold THEN 1e0
                WHEN a.aggregate_value < @threshold THEN 0e0
            END AS raw_value
        FROM
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
                    WHEN 'first_time'
                        THEN CAST(DATEDIFF_BIG(microsecond, @anchor_at, @first_at) AS float) / 3600000000e0
                END AS aggregate_value
        ) AS a
    ) AS t
);
GO

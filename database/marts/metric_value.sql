/*
One row: a metric's value for a unit from its row of marts.experiment_measure_units. count, sum, max, min and avg are of
the events' values; a proportion is 1 where that aggregate reaches the threshold, else 0. NULL where there is no value.
*/
CREATE OR ALTER FUNCTION marts.metric_value
(
    @metric_type varchar(16),
    @aggregation varchar(16),
    @threshold float,
    @event_count bigint,
    @value_count bigint,
    @sum_value float,
    @min_value float,
    @max_value float
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        CASE
            WHEN @metric_type = 'proportion'
                THEN CASE
                    WHEN CASE @aggregation
                        WHEN 'count' THEN CAST(@event_count AS float)
                        WHEN 'sum' THEN COALESCE(@sum_value, 0e0)
                        WHEN 'min' THEN @min_value
                        WHEN 'max' THEN @max_value
                        WHEN 'avg' THEN @sum_value / NULLIF(CAST(@value_count AS float), 0)
                    END >= @threshold THEN 1e0
                    WHEN @aggregation IN ('count', 'sum') OR @value_count > 0 THEN 0e0
                END
            ELSE CASE @aggregation
                WHEN 'count' THEN CAST(@event_count AS float)
                WHEN 'sum' THEN COALESCE(@sum_value, 0e0)
                WHEN 'min' THEN @min_value
                WHEN 'max' THEN @max_value
                WHEN 'avg' THEN @sum_value / NULLIF(CAST(@value_count AS float), 0)
            END
        END AS metric_value
);
GO

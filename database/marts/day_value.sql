/*
One row: a unit's value of one day, from its events of that day: their number or sum; of a proportion, 1 where that
reaches the threshold and 0 where not; of retention, 1.
*/
CREATE OR ALTER FUNCTION marts.day_value
(
    @metric_type varchar(16),
    @aggregation varchar(16),
    @threshold float,
    @event_count float,
    @value_count float,
    @sum_value float
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        CASE
            WHEN @metric_type = 'retention' THEN 1e0
            WHEN @metric_type = 'mean'
                THEN CASE @aggregation
                    WHEN 'count' THEN @event_count
                    WHEN 'value_count' THEN @value_count
                    ELSE @sum_value
                END
            WHEN CASE @aggregation
                    WHEN 'count' THEN @event_count
                    WHEN 'value_count' THEN @value_count
                    ELSE @sum_value
                END >= @threshold THEN 1e0
            ELSE 0e0
        END AS day_value
);
GO

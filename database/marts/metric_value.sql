/*
One row: what an analysis unit gives to a part of a metric, from its aggregate. With a threshold it is 1 where the
aggregate reaches it and 0 where not, and has no caps; else it is the aggregate, held between the caps. raw_value is the
value before them. NULL where the unit has no value.
*/
CREATE OR ALTER FUNCTION marts.metric_value
(
    @aggregate_value float,
    @threshold float,
    @cap_lower float,
    @cap_upper float
)
RETURNS TABLE
AS
RETURN
(
    SELECT
        CASE
            WHEN @threshold IS NULL THEN @aggregate_value
            WHEN @aggregate_value >= @threshold THEN 1e0
            WHEN @aggregate_value < @threshold THEN 0e0
        END AS raw_value,
        CASE
            WHEN @threshold IS NULL
                THEN CASE
                    WHEN @aggregate_value > @cap_upper THEN @cap_upper
                    WHEN @aggregate_value < @cap_lower THEN @cap_lower
                    ELSE @aggregate_value
                END
            WHEN @aggregate_value >= @threshold THEN 1e0
            WHEN @aggregate_value < @threshold THEN 0e0
        END AS metric_value
);
GO

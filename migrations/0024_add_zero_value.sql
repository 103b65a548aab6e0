/*
marts: what a part counts for a unit without events, NULL where such a unit has no value: 0, or the cap that holds it.
*/
IF COL_LENGTH('marts.experiment_metric_parts', 'zero_value') IS NULL
    ALTER TABLE marts.experiment_metric_parts ADD zero_value float NULL;
GO

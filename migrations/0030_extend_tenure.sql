/*
marts: values by day of tenure of metrics that are no sums over events: ratios, smallest and largest values, averages,
distinct values and days. The table is made anew, and experiments forget their refreshes, so that the next one fills it.
*/
IF COL_LENGTH('marts.agg_experiment_metric_tenure', 'n_units') IS NULL
BEGIN
    DELETE FROM marts.experiment_refreshes;
    DELETE FROM marts.experiment_loads;
    DROP TABLE marts.agg_experiment_metric_tenure;
END;
GO

/*
One row an experiment, mode, metric, variation, weight epoch and day of tenure (0: the 24 hours from the anchor):
unit_count units for which that day is over and inside the window, active_count of them with events on it, n_units of
them with a value (all, where a day without events counts 0), and the sums of the units' values of that day, centred at
center_value; of a ratio also those of the denominators d, centred at center_d.
*/
IF OBJECT_ID('marts.agg_experiment_metric_tenure') IS NULL
    CREATE TABLE marts.agg_experiment_metric_tenure
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        tenure_day int NOT NULL,
        unit_count bigint NOT NULL,
        active_count bigint NOT NULL,
        n_units bigint NOT NULL,
        center_value float NOT NULL,
        sum_centered float NOT NULL,
        sum_centered_sq float NOT NULL,
        center_d float NULL,
        sum_d float NULL,
        sum_dd float NULL,
        sum_yd float NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_tenure PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, tenure_day)
    );
GO

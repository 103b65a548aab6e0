/*
marts: the aggregate as it grows from day to day, and the values of units by day of tenure (days since their anchor).
*/

/*
One row an experiment, mode, metric, variation, weight epoch and UTC day on which the aggregate changed: by how much
each count and sum of agg_experiment_metric_by_variant grew on that day, at the same constants. A unit enters n_assigned
on the day of its anchor and n_units on the day its window and delay are over; where windows have no end, or the metric
does not wait for them, it enters with its anchor and its value grows on the days of its events.
marts.experiment_metric_cumulative is the running sum.
*/
IF OBJECT_ID('marts.agg_experiment_metric_daily') IS NULL
    CREATE TABLE marts.agg_experiment_metric_daily
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        metric_date date NOT NULL,
        n_assigned bigint NOT NULL,
        n_units bigint NOT NULL,
        success_count bigint NULL,
        center_value float NOT NULL,
        sum_centered float NOT NULL,
        sum_centered_sq float NOT NULL,
        sum_centered_cube float NOT NULL,
        center_d float NULL,
        center_x float NULL,
        center_w float NULL,
        sum_d float NULL,
        sum_dd float NULL,
        sum_yd float NULL,
        sum_x float NULL,
        sum_xx float NULL,
        sum_yx float NULL,
        sum_dx float NULL,
        sum_w float NULL,
        sum_ww float NULL,
        sum_yw float NULL,
        sum_dw float NULL,
        sum_xw float NULL,
        missing_covariate_count bigint NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_daily PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, metric_date)
    );
GO

/*
One row an experiment, mode, metric, variation, weight epoch and day of tenure (0: the 24 hours from the anchor):
unit_count units for which that day is over and inside the window, active_count of them with events on it, and the
sums of the units' values of that day, centred at center_value.
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
        center_value float NOT NULL,
        sum_centered float NOT NULL,
        sum_centered_sq float NOT NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_tenure PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, tenure_day)
    );
GO

/*
One row an experiment, mode, metric, variation and weight epoch: n_units units with day_count whole days since their
anchor, and the sums of Z, the slope of a unit's daily values over its days (STATISTICS row 31).
*/
IF OBJECT_ID('marts.agg_experiment_metric_novelty') IS NULL
    CREATE TABLE marts.agg_experiment_metric_novelty
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        day_count int NOT NULL,
        n_units bigint NOT NULL,
        sum_z float NOT NULL,
        sum_zz float NOT NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_novelty PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch)
    );
GO

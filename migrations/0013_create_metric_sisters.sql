/*
marts: what methods need that sums do not give: values of single events (quantiles), counts by value (ranks), risk sets
(time to event), and the option of a metric's use that asks for ranks.
*/
IF COL_LENGTH('catalog.experiment_metrics', 'test_method') IS NULL
    ALTER TABLE catalog.experiment_metrics ADD test_method varchar(64) NULL;
GO

IF COL_LENGTH('marts.experiment_measures', 'has_event_values') IS NULL
    ALTER TABLE marts.experiment_measures ADD
        has_event_values bit NOT NULL CONSTRAINT df_experiment_measures_has_event_values DEFAULT 0;
GO

/* One row a measure, analysis unit and value of its events in the window; only measures that a quantile reads. */
IF OBJECT_ID('marts.experiment_measure_values') IS NULL
    CREATE TABLE marts.experiment_measure_values
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        measure_number int NOT NULL,
        unit_id varchar(128) NOT NULL,
        event_value float NOT NULL,
        cluster_id varchar(128) NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        value_count bigint NOT NULL,
        anchor_at datetime2(6) NOT NULL,
        CONSTRAINT pk_experiment_measure_values PRIMARY KEY
            (experiment_id, analysis_mode, measure_number, unit_id, event_value)
    );
GO

/*
One row an experiment, mode, quantile metric and variation: the quantile of the values of its events, and the variance
of the share at or below it with the units as clusters (STATISTICS row 20: Deng, Knoblich, Lu 2018, section 4).
*/
IF OBJECT_ID('marts.agg_experiment_metric_quantiles') IS NULL
    CREATE TABLE marts.agg_experiment_metric_quantiles
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        quantile_fraction float NOT NULL,
        n_units bigint NOT NULL,
        observation_count bigint NOT NULL,
        quantile_value float NOT NULL,
        share_at_or_below float NOT NULL,
        sum_residual_sq float NOT NULL,
        level_variance float NULL,
        lower_rank bigint NULL,
        upper_rank bigint NULL,
        lower_value float NULL,
        upper_value float NULL,
        atom_share float NOT NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_quantiles PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id)
    );
GO

/*
One row an experiment, mode, metric and treatment: Mann and Whitney's U of its units against the control's, and the sum
of t^3 - t over the values that t units of both share (STATISTICS row 21).
*/
IF OBJECT_ID('marts.agg_experiment_metric_ranks') IS NULL
    CREATE TABLE marts.agg_experiment_metric_ranks
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        control_count bigint NOT NULL,
        treatment_count bigint NOT NULL,
        u_statistic float NOT NULL,
        tie_sum decimal(38, 0) NOT NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_ranks PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id)
    );
GO

/*
One row an experiment, mode, metric of time to event, treatment and weight epoch: events of the treatment observed,
expected, and their variance over the risk sets of treatment and control (STATISTICS row 35: Mantel 1966).
*/
IF OBJECT_ID('marts.agg_experiment_metric_risk_sets') IS NULL
    CREATE TABLE marts.agg_experiment_metric_risk_sets
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        control_count bigint NOT NULL,
        treatment_count bigint NOT NULL,
        control_event_count bigint NOT NULL,
        treatment_event_count bigint NOT NULL,
        expected_event_count float NOT NULL,
        event_variance float NOT NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_risk_sets PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch)
    );
GO

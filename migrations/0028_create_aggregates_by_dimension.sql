/*
marts and results: quantiles, ranks and risk sets by the value of a dimension, as the sums have them, and the rows of
them that a run used. Tables beside those of all units, so that a sum over rows never counts a unit twice.
*/

/* As marts.agg_experiment_metric_quantiles, of the units with one value of a dimension. */
IF OBJECT_ID('marts.agg_experiment_metric_quantiles_by_dimension') IS NULL
    CREATE TABLE marts.agg_experiment_metric_quantiles_by_dimension
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        dimension_id varchar(64) NOT NULL,
        dimension_value varchar(400) NOT NULL,
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
        CONSTRAINT pk_agg_experiment_metric_quantiles_by_dimension PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id)
    );
GO

/* As marts.agg_experiment_metric_ranks, of the units with one value of a dimension. */
IF OBJECT_ID('marts.agg_experiment_metric_ranks_by_dimension') IS NULL
    CREATE TABLE marts.agg_experiment_metric_ranks_by_dimension
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        dimension_id varchar(64) NOT NULL,
        dimension_value varchar(400) NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        control_count bigint NOT NULL,
        treatment_count bigint NOT NULL,
        u_statistic float NOT NULL,
        tie_sum decimal(38, 0) NOT NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_ranks_by_dimension PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id)
    );
GO

/* As marts.agg_experiment_metric_risk_sets, of the units with one value of a dimension. */
IF OBJECT_ID('marts.agg_experiment_metric_risk_sets_by_dimension') IS NULL
    CREATE TABLE marts.agg_experiment_metric_risk_sets_by_dimension
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        dimension_id varchar(64) NOT NULL,
        dimension_value varchar(400) NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        control_count bigint NOT NULL,
        treatment_count bigint NOT NULL,
        control_event_count bigint NOT NULL,
        treatment_event_count bigint NOT NULL,
        expected_event_count float NOT NULL,
        event_variance float NOT NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_risk_sets_by_dimension PRIMARY KEY
        (
            experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id,
            weight_epoch
        )
    );
GO

/* The rows of marts.agg_experiment_metric_quantiles_by_dimension that a run used. */
IF OBJECT_ID('results.run_quantiles_by_dimension') IS NULL
    CREATE TABLE results.run_quantiles_by_dimension
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        dimension_id varchar(64) NOT NULL,
        dimension_value varchar(400) NOT NULL,
        variation_id varchar(128) NOT NULL,
        quantile_fraction float NOT NULL,
        n_units bigint NOT NULL,
        observation_count bigint NOT NULL,
        quantile_value float NOT NULL,
        lower_value float NULL,
        upper_value float NULL,
        level_variance float NULL,
        CONSTRAINT pk_run_quantiles_by_dimension PRIMARY KEY
            (run_id, metric_id, dimension_id, dimension_value, variation_id)
    );
GO

/* The rows of marts.agg_experiment_metric_ranks_by_dimension that a run used. */
IF OBJECT_ID('results.run_ranks_by_dimension') IS NULL
    CREATE TABLE results.run_ranks_by_dimension
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        dimension_id varchar(64) NOT NULL,
        dimension_value varchar(400) NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        control_count bigint NOT NULL,
        treatment_count bigint NOT NULL,
        u_statistic float NOT NULL,
        tie_sum decimal(38, 0) NOT NULL,
        CONSTRAINT pk_run_ranks_by_dimension PRIMARY KEY
            (run_id, metric_id, dimension_id, dimension_value, variation_id)
    );
GO

/* The rows of marts.agg_experiment_metric_risk_sets_by_dimension that a run used. */
IF OBJECT_ID('results.run_risk_sets_by_dimension') IS NULL
    CREATE TABLE results.run_risk_sets_by_dimension
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        dimension_id varchar(64) NOT NULL,
        dimension_value varchar(400) NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        treatment_event_count bigint NOT NULL,
        expected_event_count float NOT NULL,
        event_variance float NOT NULL,
        CONSTRAINT pk_run_risk_sets_by_dimension PRIMARY KEY
            (run_id, metric_id, dimension_id, dimension_value, variation_id, weight_epoch)
    );
GO

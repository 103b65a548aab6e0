/*
marts: experiment facts, rebuilt one experiment at a time by marts.refresh_experiment.
*/

/* One row an experiment and unit that was assigned or exposed; the flags are defined in the procedure that loads it. */
IF OBJECT_ID('marts.int_experiment_exposure_validation') IS NULL
    CREATE TABLE marts.int_experiment_exposure_validation
    (
        experiment_id varchar(128) NOT NULL,
        unit_id varchar(128) NOT NULL,
        variation_id varchar(128) NULL,
        exposure_count bigint NOT NULL,
        pre_assignment_exposure bit NOT NULL,
        variant_mismatch bit NOT NULL,
        multi_variation_exposure bit NOT NULL,
        exposure_outside_window bit NOT NULL,
        unassigned_exposure bit NOT NULL,
        is_valid_exposure bit NOT NULL,
        assigned_at datetime2(6) NULL,
        first_exposed_at datetime2(6) NULL,
        last_exposed_at datetime2(6) NULL,
        first_valid_exposed_at datetime2(6) NULL,
        CONSTRAINT pk_int_experiment_exposure_validation PRIMARY KEY (experiment_id, unit_id)
    );
GO

/* One row an experiment and day on which a unit was assigned or exposed. */
IF OBJECT_ID('marts.fct_experiment_exposure_quality_daily') IS NULL
    CREATE TABLE marts.fct_experiment_exposure_quality_daily
    (
        experiment_id varchar(128) NOT NULL,
        quality_date date NOT NULL,
        assigned_unit_count bigint NOT NULL,
        exposed_unit_count bigint NOT NULL,
        exposure_event_count bigint NOT NULL,
        pre_assignment_count bigint NOT NULL,
        variant_mismatch_count bigint NOT NULL,
        multi_variation_count bigint NOT NULL,
        outside_window_count bigint NOT NULL,
        unassigned_count bigint NOT NULL,
        exposure_rate float NULL,
        CONSTRAINT pk_fct_experiment_exposure_quality_daily PRIMARY KEY (experiment_id, quality_date)
    );
GO

/* One row an experiment and unit that takes part, with the time each analysis mode counts from. */
IF OBJECT_ID('marts.fct_experiment_cohort') IS NULL
    CREATE TABLE marts.fct_experiment_cohort
    (
        experiment_id varchar(128) NOT NULL,
        unit_id varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        is_itt bit NOT NULL,
        is_exposed bit NOT NULL,
        exclusion_reason varchar(64) NULL,
        itt_anchor_at datetime2(6) NOT NULL,
        exposed_anchor_at datetime2(6) NULL,
        CONSTRAINT pk_fct_experiment_cohort PRIMARY KEY (experiment_id, unit_id)
    );
GO

/* One row a distinct (event, window) of an experiment's metrics and mode: what metrics share is computed once. */
IF OBJECT_ID('marts.experiment_measures') IS NULL
    CREATE TABLE marts.experiment_measures
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        measure_number int NOT NULL,
        event_name varchar(128) NOT NULL,
        window_start_seconds int NOT NULL,
        window_end_seconds int NULL,
        CONSTRAINT pk_experiment_measures PRIMARY KEY (experiment_id, analysis_mode, measure_number)
    );
GO

/* One row a measure and unit that has events in the window; a unit without them has no row. */
IF OBJECT_ID('marts.experiment_measure_units') IS NULL
    CREATE TABLE marts.experiment_measure_units
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        measure_number int NOT NULL,
        unit_id varchar(128) NOT NULL,
        event_count bigint NOT NULL,
        value_count bigint NOT NULL,
        sum_value float NULL,
        min_value float NULL,
        max_value float NULL,
        first_at datetime2(6) NOT NULL,
        CONSTRAINT pk_experiment_measure_units
            PRIMARY KEY (experiment_id, analysis_mode, measure_number, unit_id)
    );
GO

/*
One row an experiment, mode, metric, variation and weight epoch: sufficient statistics. Sums are centred at the stored
constant center_value (k): mean = k + sum_centered / n, squares about the mean = sum_centered_sq - sum_centered^2 / n
(Chan, Golub, LeVeque 1983).
*/
IF OBJECT_ID('marts.agg_experiment_metric_by_variant') IS NULL
    CREATE TABLE marts.agg_experiment_metric_by_variant
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        n_assigned bigint NOT NULL,
        n_units bigint NOT NULL,
        success_count bigint NULL,
        center_value float NOT NULL,
        sum_centered float NOT NULL,
        sum_centered_sq float NOT NULL,
        sum_centered_cube float NOT NULL,
        min_value float NULL,
        max_value float NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_by_variant PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch)
    );
GO

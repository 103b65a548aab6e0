/*
marts: measures with filters and distinct counts, their sparse rows with the variation and anchor of the unit, the parts
that a metric is made of, and the sister tables of the aggregate. The first two are made anew: a refresh fills them.
*/
IF COL_LENGTH('marts.experiment_measures', 'filter_metric_id') IS NULL
    DROP TABLE marts.experiment_measures;
GO

IF OBJECT_ID('marts.experiment_measures') IS NULL
    CREATE TABLE marts.experiment_measures
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        measure_number int NOT NULL,
        event_name varchar(128) NOT NULL,
        filter_metric_id varchar(128) NULL,
        filter_metric_version int NULL,
        distinct_attribute varchar(128) NULL,
        window_start_seconds int NOT NULL,
        window_end_seconds int NULL,
        has_distinct_values bit NOT NULL,
        has_distinct_days bit NOT NULL,
        CONSTRAINT pk_experiment_measures PRIMARY KEY (experiment_id, analysis_mode, measure_number)
    );
GO

IF COL_LENGTH('marts.experiment_measure_units', 'anchor_at') IS NULL
    DROP TABLE marts.experiment_measure_units;
GO

/*
One row a measure and analysis unit that has events in the window; a unit without them has no row. cluster_id is the
randomised unit where that is another one than the analysis unit.
*/
IF OBJECT_ID('marts.experiment_measure_units') IS NULL
    CREATE TABLE marts.experiment_measure_units
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        measure_number int NOT NULL,
        unit_id varchar(128) NOT NULL,
        cluster_id varchar(128) NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        event_count bigint NOT NULL,
        value_count bigint NOT NULL,
        distinct_value_count bigint NULL,
        distinct_day_count bigint NULL,
        sum_value float NULL,
        min_value float NULL,
        max_value float NULL,
        anchor_at datetime2(6) NOT NULL,
        first_at datetime2(6) NOT NULL,
        CONSTRAINT pk_experiment_measure_units
            PRIMARY KEY (experiment_id, analysis_mode, measure_number, unit_id)
    );
GO

/*
One row an experiment, mode, metric and part: y (the value, or the numerator of a ratio), d (denominator), x and w
(covariates of y and d). A unit enters the metric when it was anchored before anchored_before and mature_seconds have
passed since; its value is the measure's, held between cap_lower and cap_upper. center_value is the constant that the
sums are centred at.
*/
IF OBJECT_ID('marts.experiment_metric_parts') IS NULL
    CREATE TABLE marts.experiment_metric_parts
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        part_name varchar(1) NOT NULL,
        measure_number int NOT NULL,
        metric_type varchar(16) NOT NULL,
        aggregation varchar(16) NOT NULL,
        threshold float NULL,
        is_zero_filled bit NOT NULL,
        part_count int NOT NULL,
        mature_seconds int NOT NULL,
        anchored_before datetime2(6) NOT NULL,
        winsor_lower float NULL,
        winsor_upper float NULL,
        winsor_nonzero bit NOT NULL,
        cap_lower float NULL,
        cap_upper float NULL,
        cap_reason varchar(64) NULL,
        center_value float NOT NULL,
        CONSTRAINT pk_experiment_metric_parts PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, part_name)
    );
GO

/* One row an experiment, unit of its cohort and dimension: the value that held at the unit's assignment. */
IF OBJECT_ID('marts.experiment_unit_dimensions') IS NULL
    CREATE TABLE marts.experiment_unit_dimensions
    (
        experiment_id varchar(128) NOT NULL,
        dimension_id varchar(64) NOT NULL,
        unit_id varchar(128) NOT NULL,
        dimension_value varchar(400) NOT NULL,
        CONSTRAINT pk_experiment_unit_dimensions PRIMARY KEY (experiment_id, dimension_id, unit_id)
    );
GO

/*
Sums of the parts beside y: d, x and w are centred at their own constants, as y is at center_value. NULL where the
metric has no such part. sum_raw_centered and sum_raw_centered_sq are of y before the cap, at the same constant.
*/
IF COL_LENGTH('marts.agg_experiment_metric_by_variant', 'capped_count') IS NULL
    ALTER TABLE marts.agg_experiment_metric_by_variant ADD
        capped_count bigint NULL,
        cap_lower float NULL,
        cap_upper float NULL,
        cap_reason varchar(64) NULL,
        sum_raw_centered float NULL,
        sum_raw_centered_sq float NULL,
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
        missing_covariate_count bigint NULL;
GO

/* As agg_experiment_metric_by_variant, by the value of a dimension; units without a value are in no row. */
IF OBJECT_ID('marts.agg_experiment_metric_by_dimension') IS NULL
    CREATE TABLE marts.agg_experiment_metric_by_dimension
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        dimension_id varchar(64) NOT NULL,
        dimension_value varchar(400) NOT NULL,
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
        capped_count bigint NULL,
        cap_lower float NULL,
        cap_upper float NULL,
        cap_reason varchar(64) NULL,
        sum_raw_centered float NULL,
        sum_raw_centered_sq float NULL,
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
        CONSTRAINT pk_agg_experiment_metric_by_dimension PRIMARY KEY
        (
            experiment_id, analysis_mode, metric_id, metric_version, dimension_id, dimension_value, variation_id,
            weight_epoch
        )
    );
GO

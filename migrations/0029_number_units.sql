/*
marts: units and arms by number. A unit has one number in an experiment, and so has an arm, that is a variation in a
weight epoch; what is computed of units is kept by them, since a number is hashed, joined and stored at a fraction of
what a text costs. All tables here are made anew, and experiments forget their refreshes, so that the next one fills
them.
*/
IF COL_LENGTH('marts.fct_experiment_cohort', 'unit_number') IS NULL
BEGIN
    DELETE FROM marts.experiment_refreshes;
    DELETE FROM marts.experiment_loads;
    DROP TABLE marts.fct_experiment_cohort;
    DROP TABLE marts.experiment_measure_units;
    DROP TABLE marts.experiment_measure_values;
    DROP TABLE marts.experiment_unit_dimensions;
    DROP TABLE marts.refresh_units;
END;
GO

/* marts.metric_constants has its columns. */
DROP VIEW IF EXISTS marts.metric_zeros;
GO

/* One row an experiment and unit that takes part, with the time each analysis mode counts from. */
IF OBJECT_ID('marts.fct_experiment_cohort') IS NULL
    CREATE TABLE marts.fct_experiment_cohort
    (
        experiment_id varchar(128) NOT NULL,
        unit_id varchar(128) NOT NULL,
        unit_number int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        arm_number int NOT NULL,
        is_itt bit NOT NULL,
        is_exposed bit NOT NULL,
        exclusion_reason varchar(64) NULL,
        itt_anchor_at datetime2(6) NOT NULL,
        exposed_anchor_at datetime2(6) NULL,
        CONSTRAINT pk_fct_experiment_cohort PRIMARY KEY (experiment_id, unit_id),
        CONSTRAINT uq_fct_experiment_cohort_unit_number UNIQUE (experiment_id, unit_number)
    );
GO

/* One row an experiment, variation that units were assigned to and weight epoch. */
IF OBJECT_ID('marts.experiment_arms') IS NULL
    CREATE TABLE marts.experiment_arms
    (
        experiment_id varchar(128) NOT NULL,
        arm_number int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        CONSTRAINT pk_experiment_arms PRIMARY KEY (experiment_id, arm_number),
        CONSTRAINT uq_experiment_arms_variation_id UNIQUE (experiment_id, variation_id, weight_epoch)
    );
GO

/* Where clusters are randomised: one row an experiment and member of a cluster, unit_number the cluster's. */
IF OBJECT_ID('marts.experiment_members') IS NULL
    CREATE TABLE marts.experiment_members
    (
        experiment_id varchar(128) NOT NULL,
        unit_number int NOT NULL,
        member_number int NOT NULL,
        unit_id varchar(128) NOT NULL,
        CONSTRAINT pk_experiment_members PRIMARY KEY (experiment_id, member_number)
    );
GO

/*
One row a measure and analysis unit that has events in the window; a unit without them has no row. unit_number is that
of the randomised unit in marts.fct_experiment_cohort, member_number that of the analysis unit in
marts.experiment_members where it is another one, else 0. Measures are numbered over both modes.
*/
IF OBJECT_ID('marts.experiment_measure_units') IS NULL
    CREATE TABLE marts.experiment_measure_units
    (
        experiment_id varchar(128) NOT NULL,
        measure_number int NOT NULL,
        unit_number int NOT NULL,
        member_number int NOT NULL,
        arm_number int NOT NULL,
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
            PRIMARY KEY (experiment_id, measure_number, unit_number, member_number)
    );
GO

/* One row a measure, analysis unit and value of its events in the window; only measures that a quantile reads. */
IF OBJECT_ID('marts.experiment_measure_values') IS NULL
    CREATE TABLE marts.experiment_measure_values
    (
        experiment_id varchar(128) NOT NULL,
        measure_number int NOT NULL,
        unit_number int NOT NULL,
        member_number int NOT NULL,
        event_value float NOT NULL,
        arm_number int NOT NULL,
        value_count bigint NOT NULL,
        anchor_at datetime2(6) NOT NULL,
        CONSTRAINT pk_experiment_measure_values PRIMARY KEY
            (experiment_id, measure_number, unit_number, member_number, event_value)
    );
GO

/* One row an experiment, unit of its cohort and dimension: the value that held at the unit's assignment. */
IF OBJECT_ID('marts.experiment_unit_dimensions') IS NULL
    CREATE TABLE marts.experiment_unit_dimensions
    (
        experiment_id varchar(128) NOT NULL,
        dimension_id varchar(64) NOT NULL,
        unit_number int NOT NULL,
        dimension_value varchar(400) NOT NULL,
        CONSTRAINT pk_experiment_unit_dimensions PRIMARY KEY (experiment_id, dimension_id, unit_number)
    );
GO

/*
One row a refresh of an experiment that is not over: a unit whose rows it computes again, and its number in the cohort
as that stood before, NULL of a new one. Empty between refreshes.
*/
IF OBJECT_ID('marts.refresh_units') IS NULL
    CREATE TABLE marts.refresh_units
    (
        experiment_id varchar(128) NOT NULL,
        unit_id varchar(128) NOT NULL,
        unit_number int NULL,
        CONSTRAINT pk_refresh_units PRIMARY KEY (experiment_id, unit_id)
    );
GO

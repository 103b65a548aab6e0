/*
catalog: a switchback experiment randomises blocks of time in regions. region_attribute is the attribute of units
(staging.stg_unit_attributes) that names their region; burn_in_hours of each block count for nothing, since what came
before them still acts.
*/
IF COL_LENGTH('catalog.experiments', 'region_attribute') IS NULL
    ALTER TABLE catalog.experiments ADD
        region_attribute varchar(128) NULL,
        burn_in_hours float NULL;
GO

/*
One row a block of a switchback experiment: from block_start_at up to block_end_at the region had the variation. stratum
names the blocks that were randomised together, which nobody but the design knows.
*/
IF OBJECT_ID('catalog.experiment_blocks') IS NULL
    CREATE TABLE catalog.experiment_blocks
    (
        experiment_id varchar(128) NOT NULL,
        region varchar(128) NOT NULL,
        block_start_at datetime2(6) NOT NULL,
        block_end_at datetime2(6) NOT NULL,
        stratum varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        CONSTRAINT pk_experiment_blocks PRIMARY KEY (experiment_id, region, block_start_at)
    );
GO

/* One row a switchback experiment, mode, metric and block that is over: what was observed in it after the burn-in. */
IF OBJECT_ID('marts.agg_experiment_metric_blocks') IS NULL
    CREATE TABLE marts.agg_experiment_metric_blocks
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        region varchar(128) NOT NULL,
        block_start_at datetime2(6) NOT NULL,
        stratum varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        n_units bigint NOT NULL,
        sum_n float NOT NULL,
        sum_y float NOT NULL,
        watermark_at datetime2(6) NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_blocks PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, region, block_start_at)
    );
GO

/* The rows of marts.agg_experiment_metric_blocks that a run used. */
IF OBJECT_ID('results.run_blocks') IS NULL
    CREATE TABLE results.run_blocks
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        region varchar(128) NOT NULL,
        block_start_at datetime2(6) NOT NULL,
        stratum varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        n_units bigint NOT NULL,
        sum_n float NOT NULL,
        sum_y float NOT NULL,
        CONSTRAINT pk_run_blocks PRIMARY KEY (run_id, metric_id, region, block_start_at)
    );
GO

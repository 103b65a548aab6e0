/*
catalog: what a metric needs to be anything but a plain count or sum, and what an experiment needs beyond one split.
A ratio names two other metrics (numerator and denominator) and reads no event itself, so that event_name and
aggregation may be NULL.
*/
IF COL_LENGTH('catalog.metric_definitions', 'numerator_metric_id') IS NULL
BEGIN
    ALTER TABLE catalog.metric_definitions ALTER COLUMN event_name varchar(128) NULL;
    ALTER TABLE catalog.metric_definitions ALTER COLUMN aggregation varchar(16) NULL;
    ALTER TABLE catalog.metric_definitions ADD
        distinct_attribute varchar(128) NULL,
        numerator_metric_id varchar(128) NULL,
        numerator_metric_version int NULL,
        denominator_metric_id varchar(128) NULL,
        denominator_metric_version int NULL,
        covariate_metric_id varchar(128) NULL,
        covariate_metric_version int NULL,
        covariate_hours float NULL,
        quantile_fraction float NULL,
        delay_hours float NULL,
        eligibility_hours float NULL,
        cap_lower float NULL,
        cap_upper float NULL,
        winsor_lower float NULL,
        winsor_upper float NULL,
        winsor_nonzero bit NOT NULL CONSTRAINT df_metric_definitions_winsor_nonzero DEFAULT 0;
END;
GO

/*
One row a metric version, condition and value: the events that a metric reads meet every condition (filter_number), and
a condition of the operator 'in' holds where one of its values (value_number) does.
*/
IF OBJECT_ID('catalog.metric_filters') IS NULL
    CREATE TABLE catalog.metric_filters
    (
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        filter_number int NOT NULL,
        value_number int NOT NULL,
        attribute varchar(128) NOT NULL,
        operator varchar(16) NOT NULL,
        text_value varchar(400) NULL,
        low_value decimal(28, 9) NULL,
        high_value decimal(28, 9) NULL,
        CONSTRAINT pk_metric_filters PRIMARY KEY (metric_id, metric_version, filter_number, value_number)
    );
GO

/* layer_id with its buckets: experiments of a layer share units by disjoint ranges [layer_from, layer_to) of 10,000. */
IF COL_LENGTH('catalog.experiments', 'trigger_event') IS NULL
    ALTER TABLE catalog.experiments ADD
        trigger_event varchar(128) NULL,
        computed_modes varchar(16) NOT NULL CONSTRAINT df_experiments_computed_modes DEFAULT 'both',
        cluster_attribute varchar(128) NULL,
        layer_id varchar(128) NULL,
        layer_from int NULL,
        layer_to int NULL;
GO

/* One row a layer: experiments in it exclude each other. holdout_buckets of its 10,000 are in no experiment at all. */
IF OBJECT_ID('catalog.layers') IS NULL
    CREATE TABLE catalog.layers
    (
        layer_id varchar(128) NOT NULL,
        salt varchar(64) NOT NULL,
        description varchar(1000) NULL,
        CONSTRAINT pk_layers PRIMARY KEY (layer_id)
    );
GO

/* One row a global holdout: units whose bucket under the salt is below bucket_count take part in no experiment. */
IF OBJECT_ID('catalog.holdouts') IS NULL
    CREATE TABLE catalog.holdouts
    (
        holdout_id varchar(128) NOT NULL,
        salt varchar(64) NOT NULL,
        bucket_count int NOT NULL,
        start_at datetime2(6) NOT NULL,
        end_at datetime2(6) NULL,
        description varchar(1000) NULL,
        CONSTRAINT pk_holdouts PRIMARY KEY (holdout_id)
    );
GO

/*
One row a change of an experiment's weights and variation: from effective_at on, units are assigned by these weights.
A change names every variation. Before the first one the weights of catalog.experiment_variations hold.
*/
IF OBJECT_ID('catalog.experiment_weight_changes') IS NULL
    CREATE TABLE catalog.experiment_weight_changes
    (
        experiment_id varchar(128) NOT NULL,
        effective_at datetime2(6) NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight float NOT NULL,
        CONSTRAINT pk_experiment_weight_changes PRIMARY KEY (experiment_id, effective_at, variation_id)
    );
GO

/* One row a dimension of units: an attribute that staging.stg_unit_attributes carries. */
IF OBJECT_ID('catalog.dimensions') IS NULL
    CREATE TABLE catalog.dimensions
    (
        dimension_id varchar(64) NOT NULL,
        attribute varchar(128) NOT NULL,
        description varchar(1000) NULL,
        CONSTRAINT pk_dimensions PRIMARY KEY (dimension_id)
    );
GO

IF OBJECT_ID('catalog.experiment_dimensions') IS NULL
    CREATE TABLE catalog.experiment_dimensions
    (
        experiment_id varchar(128) NOT NULL,
        dimension_id varchar(64) NOT NULL,
        CONSTRAINT pk_experiment_dimensions PRIMARY KEY (experiment_id, dimension_id)
    );
GO

/* One row a number that the quality views judge by. */
IF OBJECT_ID('catalog.quality_thresholds') IS NULL
    CREATE TABLE catalog.quality_thresholds
    (
        threshold_id varchar(64) NOT NULL,
        threshold_value float NOT NULL,
        description varchar(400) NOT NULL,
        CONSTRAINT pk_quality_thresholds PRIMARY KEY (threshold_id)
    );
GO

INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value, description)
SELECT
    seed.threshold_id,
    seed.threshold_value,
    seed.description
FROM
(
    VALUES
        ('anomaly_robust_z', 3.5e0, 'A day whose robust z-score exceeds this is an anomaly (Iglewicz, Hoaglin 1993).'),
        ('anomaly_iqr', 3e0, 'A day beyond this many interquartile ranges outside the quartiles is an anomaly.'),
        ('anomaly_sigma', 3e0, 'A rate beyond this many standard errors (Laney p-prime) is an anomaly.'),
        ('anomaly_window_days', 14e0, 'Days before a day that it is compared with.'),
        ('anomaly_min_days', 7e0, 'Fewest days with which a day is compared at all.'),
        ('freshness_hours', 48e0, 'A source whose latest row is older than the newest of all by more hours is stale.'),
        ('exposure_rate_min', 0.01e0, 'An experiment that exposes a smaller share of its assigned units is broken.'),
        ('flag_rate_max', 0.01e0, 'An exposure flag on a larger share of exposed units is an error.')
) AS seed (threshold_id, threshold_value, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.quality_thresholds AS q
    WHERE q.threshold_id = seed.threshold_id
);
GO

/*
staging: typed, clean, deduplicated. For every load: landed = staged + duplicates + quarantined
(quality.reconciliation).
*/

/* One row an experiment and unit: its first assignment. is_conflict: the unit was assigned to several variations. */
IF OBJECT_ID('staging.stg_experiment_assignments') IS NULL
    CREATE TABLE staging.stg_experiment_assignments
    (
        experiment_id varchar(128) NOT NULL,
        unit_id varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        min_variation_id varchar(128) NOT NULL,
        max_variation_id varchar(128) NOT NULL,
        assignment_count bigint NOT NULL,
        is_conflict bit NOT NULL,
        assigned_at datetime2(6) NOT NULL,
        CONSTRAINT pk_stg_experiment_assignments PRIMARY KEY (experiment_id, unit_id)
    );
GO

/* One row an exposure event, its latest version. */
IF OBJECT_ID('staging.stg_experiment_exposures') IS NULL
    CREATE TABLE staging.stg_experiment_exposures
    (
        event_id varchar(128) NOT NULL,
        experiment_id varchar(128) NOT NULL,
        unit_id varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        exposed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_stg_experiment_exposures PRIMARY KEY (event_id)
    );
GO

/* One row an event that is no exposure, its latest version. */
IF OBJECT_ID('staging.stg_conversion_events') IS NULL
    CREATE TABLE staging.stg_conversion_events
    (
        event_id varchar(128) NOT NULL,
        unit_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        event_name varchar(128) NOT NULL,
        attributes varchar(4000) NULL,
        event_value float NULL,
        event_at datetime2(6) NOT NULL,
        CONSTRAINT pk_stg_conversion_events PRIMARY KEY (event_id)
    );
GO

/* One row a landed row that failed, with the first rule it broke. */
IF OBJECT_ID('staging.quarantine') IS NULL
    CREATE TABLE staging.quarantine
    (
        source varchar(64) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        rule_name varchar(64) NOT NULL,
        column_name varchar(128) NULL,
        raw_value varchar(4000) NULL,
        quarantined_at datetime2(6) NOT NULL,
        CONSTRAINT pk_quarantine PRIMARY KEY (load_id, line_number)
    );
GO

/* One row a valid row that another one of the same key outranks. */
IF OBJECT_ID('staging.duplicates') IS NULL
    CREATE TABLE staging.duplicates
    (
        source varchar(64) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        rule_name varchar(64) NOT NULL,
        key_value varchar(300) NOT NULL,
        variation_id varchar(128) NULL,
        kept_load_id bigint NOT NULL,
        kept_line_number bigint NOT NULL,
        recorded_at datetime2(6) NOT NULL,
        CONSTRAINT pk_duplicates PRIMARY KEY (load_id, line_number)
    );
GO

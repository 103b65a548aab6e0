/*
marts: the events that pass a metric's filters, kept by load, so that a refresh judges an event once for all
experiments; and the time of the staging that an extraction read, so that a load staged again is read again.
*/
IF COL_LENGTH('marts.event_attribute_loads', 'staged_at') IS NULL
    ALTER TABLE marts.event_attribute_loads ADD staged_at datetime2(6) NULL;
GO

/* One row a metric version with filters and event that meets all of them. */
IF OBJECT_ID('marts.filter_events') IS NULL
    CREATE TABLE marts.filter_events
    (
        filter_metric_id varchar(128) NOT NULL,
        filter_metric_version int NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        CONSTRAINT pk_filter_events PRIMARY KEY (filter_metric_id, filter_metric_version, load_id, line_number)
    );
GO

/* One row a metric version with filters and load whose events marts.filter_events holds, with the filters it read. */
IF OBJECT_ID('marts.filter_event_loads') IS NULL
    CREATE TABLE marts.filter_event_loads
    (
        filter_metric_id varchar(128) NOT NULL,
        filter_metric_version int NOT NULL,
        load_id bigint NOT NULL,
        filter_text varchar(4000) NOT NULL,
        staged_at datetime2(6) NOT NULL,
        CONSTRAINT pk_filter_event_loads PRIMARY KEY (filter_metric_id, filter_metric_version, load_id)
    );
GO

/*
One row a refresh of an experiment that is not over: a unit whose rows it computes again. Empty between refreshes.
*/
IF OBJECT_ID('marts.refresh_units') IS NULL
    CREATE TABLE marts.refresh_units
    (
        experiment_id varchar(128) NOT NULL,
        unit_id varchar(128) NOT NULL,
        CONSTRAINT pk_refresh_units PRIMARY KEY (experiment_id, unit_id)
    );
GO

/*
One row an experiment: what its marts hold. The hashes are those of catalog.experiment_hashes; refresh_kind says what
the last refresh did: full, incremental (changed_unit_count units computed again), aggregates or none.
*/
IF OBJECT_ID('marts.experiment_refreshes') IS NULL
    CREATE TABLE marts.experiment_refreshes
    (
        experiment_id varchar(128) NOT NULL,
        unit_hash bigint NOT NULL,
        aggregate_hash bigint NOT NULL,
        refresh_kind varchar(16) NOT NULL,
        changed_load_count bigint NOT NULL,
        changed_unit_count bigint NULL,
        watermark_at datetime2(6) NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_experiment_refreshes PRIMARY KEY (experiment_id)
    );
GO

/* One row an experiment and load whose rows its marts hold, as staged at that time. */
IF OBJECT_ID('marts.experiment_loads') IS NULL
    CREATE TABLE marts.experiment_loads
    (
        experiment_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        staged_at datetime2(6) NOT NULL,
        CONSTRAINT pk_experiment_loads PRIMARY KEY (experiment_id, load_id)
    );
GO

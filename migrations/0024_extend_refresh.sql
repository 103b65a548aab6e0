/*
marts: what a part counts for a unit without events, NULL where such a unit has no value: 0, or the cap that holds it.
*/
IF COL_LENGTH('marts.experiment_metric_parts', 'zero_value') IS NULL
    ALTER TABLE marts.experiment_metric_parts ADD zero_value float NULL;
GO

/* One row a refresh of an experiment that is not over: a load that it brings in. Empty between refreshes. */
IF OBJECT_ID('marts.refresh_loads') IS NULL
    CREATE TABLE marts.refresh_loads
    (
        experiment_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        staged_at datetime2(6) NOT NULL,
        CONSTRAINT pk_refresh_loads PRIMARY KEY (experiment_id, load_id)
    );
GO

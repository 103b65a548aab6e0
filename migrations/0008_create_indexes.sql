-- engines: sqlserver
/*
Physical design of the large tables: columnstore where whole columns are read, row order where single keys are.
*/
IF INDEXPROPERTY(OBJECT_ID('raw.events'), 'cci_events', 'IndexID') IS NULL
    CREATE NONCLUSTERED COLUMNSTORE INDEX cci_events ON raw.events
    (
        load_id, line_number, event_id, unit_id, event_name, event_at, event_value, experiment_id, variation_id,
        reject_rule
    );
GO

IF INDEXPROPERTY
(
    OBJECT_ID('staging.stg_conversion_events'), 'ix_stg_conversion_events_event_name_unit_id', 'IndexID'
) IS NULL
    CREATE NONCLUSTERED INDEX ix_stg_conversion_events_event_name_unit_id
        ON staging.stg_conversion_events (event_name, unit_id) INCLUDE (event_at, event_value);
GO

IF INDEXPROPERTY
(
    OBJECT_ID('staging.stg_experiment_exposures'), 'ix_stg_experiment_exposures_experiment_id_unit_id', 'IndexID'
) IS NULL
    CREATE NONCLUSTERED INDEX ix_stg_experiment_exposures_experiment_id_unit_id
        ON staging.stg_experiment_exposures (experiment_id, unit_id) INCLUDE (variation_id, exposed_at);
GO

IF INDEXPROPERTY(OBJECT_ID('ops.load_log'), 'ix_load_log_identity', 'IndexID') IS NULL
    CREATE NONCLUSTERED INDEX ix_load_log_identity ON ops.load_log (source, file_sha256, mapping_sha256);
GO

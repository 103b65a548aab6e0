/*
The log book: one row a counter, one row a load, one row a run of an analysis.
*/
IF OBJECT_ID('ops.counters') IS NULL
    CREATE TABLE ops.counters
    (
        counter_name varchar(64) NOT NULL,
        last_value bigint NOT NULL,
        CONSTRAINT pk_counters PRIMARY KEY (counter_name)
    );
GO

/* One row a load. Rows of raw count only once their load is finished; an unfinished load is removed by the next. */
IF OBJECT_ID('ops.load_log') IS NULL
    CREATE TABLE ops.load_log
    (
        load_id bigint NOT NULL,
        source varchar(64) NOT NULL,
        file_name varchar(1024) NOT NULL,
        file_sha256 varchar(64) NOT NULL,
        mapping_sha256 varchar(64) NOT NULL,
        mapping varchar(4000) NOT NULL,
        byte_count bigint NOT NULL,
        line_count bigint NULL,
        landed_count bigint NULL,
        rejected_count bigint NULL,
        started_at datetime2(6) NOT NULL,
        ended_at datetime2(6) NULL,
        staged_at datetime2(6) NULL,
        status varchar(16) NOT NULL,
        CONSTRAINT pk_load_log PRIMARY KEY (load_id),
        CONSTRAINT ck_load_log_status CHECK (status IN ('loading', 'finished'))
    );
GO

/* One row a run. Readers see a run once its status is finished, which is the last thing a run writes. */
IF OBJECT_ID('ops.analysis_runs') IS NULL
    CREATE TABLE ops.analysis_runs
    (
        run_id bigint NOT NULL,
        experiment_id varchar(128) NOT NULL,
        policy_id varchar(128) NOT NULL,
        policy_version int NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        status varchar(16) NOT NULL,
        requested_by varchar(128) NOT NULL,
        definitions_hash varchar(64) NOT NULL,
        code_version varchar(64) NOT NULL,
        data_watermark datetime2(6) NULL,
        started_at datetime2(6) NOT NULL,
        ended_at datetime2(6) NULL,
        CONSTRAINT pk_analysis_runs PRIMARY KEY (run_id),
        CONSTRAINT ck_analysis_runs_mode CHECK (analysis_mode IN ('itt', 'exposed')),
        CONSTRAINT ck_analysis_runs_status CHECK (status IN ('running', 'finished'))
    );
GO

INSERT INTO ops.counters (counter_name, last_value)
SELECT
    seed.counter_name,
    seed.last_value
FROM (VALUES ('load_id', CAST(0 AS bigint)), ('run_id', CAST(0 AS bigint))) AS seed (counter_name, last_value)
WHERE NOT EXISTS (SELECT 1 FROM ops.counters AS c WHERE c.counter_name = seed.counter_name);
GO

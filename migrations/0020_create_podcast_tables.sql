/*
Podcast: the tables of listening events and their reference data from raw to marts, and the description of the sources.
*/
IF OBJECT_ID('raw.podcast_events') IS NULL
    CREATE TABLE raw.podcast_events
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        user_id varchar(4000) NULL,
        episode_id varchar(4000) NULL,
        event_type varchar(4000) NULL,
        event_at varchar(4000) NULL,
        duration_seconds varchar(4000) NULL,
        position_seconds varchar(4000) NULL,
        raw_line varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_podcast_events PRIMARY KEY (load_id, line_number)
    );
GO

IF OBJECT_ID('raw.podcast_users') IS NULL
    CREATE TABLE raw.podcast_users
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        user_id varchar(4000) NULL,
        country varchar(4000) NULL,
        plan_name varchar(4000) NULL,
        updated_at varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_podcast_users PRIMARY KEY (load_id, line_number)
    );
GO

IF OBJECT_ID('raw.podcast_episodes') IS NULL
    CREATE TABLE raw.podcast_episodes
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        episode_id varchar(4000) NULL,
        podcast_id varchar(4000) NULL,
        title varchar(4000) NULL,
        duration_seconds varchar(4000) NULL,
        updated_at varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_podcast_episodes PRIMARY KEY (load_id, line_number)
    );
GO

/* One row a landed event, with every rule it breaks, parted by commas; NULL for none. */
IF OBJECT_ID('staging.validated_podcast_events') IS NULL
    CREATE TABLE staging.validated_podcast_events
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        user_id varchar(4000) NULL,
        episode_id varchar(4000) NULL,
        event_type varchar(4000) NULL,
        violations varchar(400) NULL,
        duration_seconds float NULL,
        position_seconds float NULL,
        event_at datetime2(6) NULL,
        CONSTRAINT pk_validated_podcast_events PRIMARY KEY (load_id, line_number)
    );
GO

/* One row a valid event: of those with the same user, episode, type and time that of the latest load and line. */
IF OBJECT_ID('staging.cleansed_podcast_events') IS NULL
    CREATE TABLE staging.cleansed_podcast_events
    (
        user_id varchar(128) NOT NULL,
        episode_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        event_type varchar(32) NOT NULL,
        duration_seconds float NULL,
        position_seconds float NULL,
        event_at datetime2(6) NOT NULL,
        CONSTRAINT pk_cleansed_podcast_events PRIMARY KEY (load_id, line_number)
    );
GO

/* One row a user, load and changed_at (updated_at, else the load's time), the last such line of the load. */
IF OBJECT_ID('staging.stg_podcast_users') IS NULL
    CREATE TABLE staging.stg_podcast_users
    (
        user_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        country varchar(64) NULL,
        plan_name varchar(64) NULL,
        changed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_stg_podcast_users PRIMARY KEY (user_id, changed_at, load_id)
    );
GO

/* One row an episode, load and changed_at (updated_at, else the load's time), the last such line of the load. */
IF OBJECT_ID('staging.stg_podcast_episodes') IS NULL
    CREATE TABLE staging.stg_podcast_episodes
    (
        episode_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        podcast_id varchar(128) NULL,
        title varchar(1000) NULL,
        duration_seconds float NULL,
        changed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_stg_podcast_episodes PRIMARY KEY (episode_id, changed_at, load_id)
    );
GO

/*
One row a version of a user (type 2): what was so from valid_from up to, not including, valid_to (NULL: still). The
first version is valid from the beginning of time, so that every event has one.
*/
IF OBJECT_ID('marts.dim_users') IS NULL
    CREATE TABLE marts.dim_users
    (
        user_id varchar(128) NOT NULL,
        version_number bigint NOT NULL,
        country varchar(64) NULL,
        plan_name varchar(64) NULL,
        is_current bit NOT NULL,
        valid_from datetime2(6) NOT NULL,
        valid_to datetime2(6) NULL,
        CONSTRAINT pk_dim_users PRIMARY KEY (user_id, version_number)
    );
GO

/* One row a version of an episode, as in marts.dim_users. */
IF OBJECT_ID('marts.dim_episodes') IS NULL
    CREATE TABLE marts.dim_episodes
    (
        episode_id varchar(128) NOT NULL,
        version_number bigint NOT NULL,
        podcast_id varchar(128) NULL,
        title varchar(1000) NULL,
        duration_seconds float NULL,
        is_current bit NOT NULL,
        valid_from datetime2(6) NOT NULL,
        valid_to datetime2(6) NULL,
        CONSTRAINT pk_dim_episodes PRIMARY KEY (episode_id, version_number)
    );
GO

/* One row a cleansed event, with the versions of its user and episode at that time; NULL where they are not known. */
IF OBJECT_ID('marts.fct_user_interactions') IS NULL
    CREATE TABLE marts.fct_user_interactions
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        user_id varchar(128) NOT NULL,
        user_version_number bigint NULL,
        episode_id varchar(128) NOT NULL,
        episode_version_number bigint NULL,
        event_type varchar(32) NOT NULL,
        duration_seconds float NULL,
        position_seconds float NULL,
        event_date date NOT NULL,
        event_at datetime2(6) NOT NULL,
        CONSTRAINT pk_fct_user_interactions PRIMARY KEY (load_id, line_number)
    );
GO

INSERT INTO catalog.sources
(
    source, raw_table, key_columns, version_order, generated_column, rest_column, line_column, folder_patterns,
    header_start, description
)
SELECT
    seed.source,
    seed.source AS raw_table,
    seed.key_columns,
    seed.version_order,
    NULL AS generated_column,
    NULL AS rest_column,
    seed.line_column,
    '*.ndjson,*.json,*.ndjson.gz,*.json.gz' AS folder_patterns,
    NULL AS header_start,
    seed.description
FROM
(
    VALUES
        ('podcast_events', 'user_id, episode_id, event_type, event_at', 'latest load, line', 'raw_line',
            'What users do with episodes, one event a line.'),
        ('podcast_users', 'user_id, updated_at', 'a version each load, last line', NULL, 'Users, as reference.'),
        ('podcast_episodes', 'episode_id, updated_at', 'a version each load, last line', NULL,
            'Episodes, as reference.')
) AS seed (source, key_columns, version_order, line_column, description)
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS s WHERE s.source = seed.source);
GO

INSERT INTO catalog.source_columns
    (source, column_name, column_place, value_type, other_names, is_required, description)
SELECT
    seed.source,
    seed.column_name,
    seed.column_place,
    seed.value_type,
    seed.other_names,
    CAST(seed.is_required AS bit) AS is_required,
    NULL AS description
FROM
(
    VALUES
        ('podcast_events', 'user_id', 1, 'id', NULL, 1),
        ('podcast_events', 'episode_id', 2, 'id', NULL, 1),
        ('podcast_events', 'event_type', 3, 'id', 'event,type', 1),
        ('podcast_events', 'event_at', 4, 'time', 'timestamp,event_ts,ts', 1),
        ('podcast_events', 'duration_seconds', 5, 'number', 'duration', 0),
        ('podcast_events', 'position_seconds', 6, 'number', 'position', 0),
        ('podcast_users', 'user_id', 1, 'id', 'id', 1),
        ('podcast_users', 'country', 2, 'text', NULL, 0),
        ('podcast_users', 'plan_name', 3, 'text', 'plan,subscription,subscription_type', 0),
        ('podcast_users', 'updated_at', 4, 'time', NULL, 0),
        ('podcast_episodes', 'episode_id', 1, 'id', 'id', 1),
        ('podcast_episodes', 'podcast_id', 2, 'id', 'show_id', 0),
        ('podcast_episodes', 'title', 3, 'text', NULL, 0),
        ('podcast_episodes', 'duration_seconds', 4, 'number', 'duration', 0),
        ('podcast_episodes', 'updated_at', 5, 'time', NULL, 0)
) AS seed (source, column_name, column_place, value_type, other_names, is_required)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_columns AS c
    WHERE c.source = seed.source AND c.column_name = seed.column_name
);
GO

INSERT INTO catalog.source_timestamp_formats (source, timestamp_format)
SELECT
    seed.source,
    seed.timestamp_format
FROM
(
    VALUES
        ('podcast_events', 'iso'),
        ('podcast_events', 'epoch_seconds'),
        ('podcast_events', 'epoch_milliseconds'),
        ('podcast_users', 'iso'),
        ('podcast_episodes', 'iso')
) AS seed (source, timestamp_format)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_timestamp_formats AS f
    WHERE f.source = seed.source AND f.timestamp_format = seed.timestamp_format
);
GO

INSERT INTO catalog.source_rules (source, rule_name, column_name, description)
SELECT
    seed.source,
    seed.rule_name,
    seed.column_name,
    seed.description
FROM
(
    VALUES
        ('podcast_events', 'rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('podcast_events', 'missing_user_id', 'user_id', 'Empty.'),
        ('podcast_events', 'missing_episode_id', 'episode_id', 'Empty.'),
        ('podcast_events', 'missing_event_type', 'event_type', 'Empty.'),
        ('podcast_events', 'missing_timestamp', 'event_at', 'Empty.'),
        ('podcast_events', 'bad_timestamp', 'event_at', 'No time in a format of the source.'),
        ('podcast_events', 'bad_duration', 'duration_seconds', 'No number.'),
        ('podcast_events', 'bad_position', 'position_seconds', 'No number.'),
        ('podcast_events', 'duration_out_of_range', 'duration_seconds', 'Below 0 or over the limit.'),
        ('podcast_events', 'position_out_of_range', 'position_seconds', 'Below 0 or over the limit.'),
        ('podcast_events', 'unknown_event_type', 'event_type', 'None of those in podcast_event_types.'),
        ('podcast_events', 'unknown_user', 'user_id', 'Users are loaded, and this is none of them.'),
        ('podcast_events', 'unknown_episode', 'episode_id', 'Episodes are loaded, and this is none of them.'),
        ('podcast_events', 'too_long', NULL, 'An id has more than 128 bytes.'),
        ('podcast_users', 'rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('podcast_users', 'missing_user_id', 'user_id', 'Empty.'),
        ('podcast_users', 'bad_timestamp', 'updated_at', 'No time in a format of the source.'),
        ('podcast_users', 'too_long', NULL, 'An id has more than 128 bytes, another value more than 64.'),
        ('podcast_episodes', 'rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('podcast_episodes', 'missing_episode_id', 'episode_id', 'Empty.'),
        ('podcast_episodes', 'bad_duration', 'duration_seconds', 'No number, or below 0.'),
        ('podcast_episodes', 'bad_timestamp', 'updated_at', 'No time in a format of the source.'),
        ('podcast_episodes', 'too_long', NULL, 'An id has more than 128 bytes, a title more than 1,000.')
) AS seed (source, rule_name, column_name, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_rules AS r
    WHERE r.source = seed.source AND r.rule_name = seed.rule_name
);
GO

/* One row a type of podcast event that the source takes. */
IF OBJECT_ID('catalog.podcast_event_types') IS NULL
    CREATE TABLE catalog.podcast_event_types
    (
        event_type varchar(32) NOT NULL,
        CONSTRAINT pk_podcast_event_types PRIMARY KEY (event_type)
    );
GO

INSERT INTO catalog.podcast_event_types (event_type)
SELECT
    seed.event_type
FROM
(
    VALUES ('play'), ('pause'), ('resume'), ('seek'), ('stop'), ('complete'), ('download'), ('share')
) AS seed (event_type)
WHERE NOT EXISTS (SELECT 1 FROM catalog.podcast_event_types AS t WHERE t.event_type = seed.event_type);
GO

INSERT INTO catalog.source_settings (source, setting_name, setting_value, unit_label, description)
SELECT
    'podcast_events' AS source,
    seed.setting_name,
    seed.setting_value,
    seed.unit_label,
    seed.description
FROM
(
    VALUES
        ('max_seconds', 86400e0, 's', 'A longer duration, or a later position, is out of range.'),
        ('analysis_days', 7e0, 'days', 'Length of the window of the analyses, whose end date is a parameter.')
) AS seed (setting_name, setting_value, unit_label, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_settings AS s
    WHERE s.source = 'podcast_events' AND s.setting_name = seed.setting_name
);
GO

INSERT INTO catalog.source_attributes (source, attribute, is_reference, description)
SELECT
    'podcast_events' AS source,
    seed.attribute,
    CAST(seed.is_reference AS bit) AS is_reference,
    seed.description
FROM
(
    VALUES
        ('episode_id', 0, 'The episode.'),
        ('podcast_id', 1, 'The podcast of the episode, as it was at the time of the event.'),
        ('country', 1, 'The country of the user, as it was at the time of the event.'),
        ('plan_name', 1, 'The plan of the user, as it was at the time of the event.')
) AS seed (attribute, is_reference, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_attributes AS a
    WHERE a.source = 'podcast_events' AND a.attribute = seed.attribute
);
GO

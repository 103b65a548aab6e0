/*
The description of a source, in one place: what its files look like (catalog.sources, source_layouts, source_columns),
which times it takes (source_timestamp_formats), why a row goes to quarantine (source_rules), the thresholds of its
facts (source_settings), and what metrics can filter by (source_attributes). The loader and the T-SQL of a source read
these rows; a threshold is changed by UPDATE.
*/

/*
One row a source. raw_table: its table in raw. key_columns and version_order: which rows are the same thing, and which
of them counts. generated_column: filled with load and line where a file has no id. rest_column: fields that the source
does not know, as JSON. line_column: the whole line. folder_patterns: files of a folder that are read. header_start: a
headed file that begins so is of this source, whatever the command said.
*/
IF OBJECT_ID('catalog.sources') IS NULL
    CREATE TABLE catalog.sources
    (
        source varchar(64) NOT NULL,
        raw_table varchar(64) NOT NULL,
        key_columns varchar(400) NOT NULL,
        version_order varchar(400) NOT NULL,
        generated_column varchar(64) NULL,
        rest_column varchar(64) NULL,
        line_column varchar(64) NULL,
        folder_patterns varchar(200) NULL,
        header_start varchar(200) NULL,
        description varchar(1000) NOT NULL,
        CONSTRAINT pk_sources PRIMARY KEY (source)
    );
GO

/* One row a layout of files without a header: the columns in their order, and what the file's name says. */
IF OBJECT_ID('catalog.source_layouts') IS NULL
    CREATE TABLE catalog.source_layouts
    (
        source varchar(64) NOT NULL,
        layout_name varchar(64) NOT NULL,
        column_list varchar(1000) NOT NULL,
        file_name_column varchar(64) NULL,
        file_name_prefix varchar(64) NULL,
        CONSTRAINT pk_source_layouts PRIMARY KEY (source, layout_name),
        CONSTRAINT fk_source_layouts_sources FOREIGN KEY (source) REFERENCES catalog.sources (source)
    );
GO

/* One row a column of raw. other_names: what files may call it besides, parted by commas. */
IF OBJECT_ID('catalog.source_columns') IS NULL
    CREATE TABLE catalog.source_columns
    (
        source varchar(64) NOT NULL,
        column_name varchar(64) NOT NULL,
        column_place int NOT NULL,
        value_type varchar(32) NOT NULL,
        other_names varchar(400) NULL,
        is_required bit NOT NULL,
        description varchar(1000) NULL,
        CONSTRAINT pk_source_columns PRIMARY KEY (source, column_name),
        CONSTRAINT fk_source_columns_sources FOREIGN KEY (source) REFERENCES catalog.sources (source)
    );
GO

/* One row a way to write a time that the source takes. dd/MM/yyyy and MM-dd-yyyy may be followed by a time of day. */
IF OBJECT_ID('catalog.source_timestamp_formats') IS NULL
    CREATE TABLE catalog.source_timestamp_formats
    (
        source varchar(64) NOT NULL,
        timestamp_format varchar(32) NOT NULL,
        CONSTRAINT pk_source_timestamp_formats PRIMARY KEY (source, timestamp_format),
        CONSTRAINT fk_source_timestamp_formats_sources FOREIGN KEY (source) REFERENCES catalog.sources (source),
        CONSTRAINT ck_source_timestamp_formats_timestamp_format CHECK
        (
            timestamp_format IN
                ('iso', 'dd/MM/yyyy', 'MM-dd-yyyy', 'epoch_seconds', 'epoch_milliseconds')
        )
    );
GO

/* One row a reason for quarantine. */
IF OBJECT_ID('catalog.source_rules') IS NULL
    CREATE TABLE catalog.source_rules
    (
        source varchar(64) NOT NULL,
        rule_name varchar(64) NOT NULL,
        column_name varchar(64) NULL,
        description varchar(1000) NOT NULL,
        CONSTRAINT pk_source_rules PRIMARY KEY (source, rule_name),
        CONSTRAINT fk_source_rules_sources FOREIGN KEY (source) REFERENCES catalog.sources (source)
    );
GO

/* One row a threshold. A change counts from the next refresh, for all data. */
IF OBJECT_ID('catalog.source_settings') IS NULL
    CREATE TABLE catalog.source_settings
    (
        source varchar(64) NOT NULL,
        setting_name varchar(64) NOT NULL,
        setting_value float NOT NULL,
        unit_label varchar(32) NOT NULL,
        description varchar(1000) NOT NULL,
        CONSTRAINT pk_source_settings PRIMARY KEY (source, setting_name),
        CONSTRAINT fk_source_settings_sources FOREIGN KEY (source) REFERENCES catalog.sources (source)
    );
GO

/*
One row a column of a source that filters and distinct counts of metrics can name as an attribute of its events.
is_reference: it is looked up in what is loaded beside the events, and read anew when that has changed.
*/
IF OBJECT_ID('catalog.source_attributes') IS NULL
    CREATE TABLE catalog.source_attributes
    (
        source varchar(64) NOT NULL,
        attribute varchar(128) NOT NULL,
        is_reference bit NOT NULL,
        description varchar(1000) NOT NULL,
        CONSTRAINT pk_source_attributes PRIMARY KEY (source, attribute),
        CONSTRAINT fk_source_attributes_sources FOREIGN KEY (source) REFERENCES catalog.sources (source)
    );
GO

/*
One row an experiment whose units are the users of a source, assigned by hash when first seen in the experiment's time.
*/
IF OBJECT_ID('catalog.hash_assignments') IS NULL
    CREATE TABLE catalog.hash_assignments
    (
        experiment_id varchar(128) NOT NULL,
        source varchar(64) NOT NULL,
        CONSTRAINT pk_hash_assignments PRIMARY KEY (experiment_id),
        CONSTRAINT fk_hash_assignments_experiments FOREIGN KEY (experiment_id)
            REFERENCES catalog.experiments (experiment_id),
        CONSTRAINT fk_hash_assignments_sources FOREIGN KEY (source) REFERENCES catalog.sources (source)
    );
GO

/*
One row a mart of a source: up to which load, and with which settings, it was built. A mart whose settings are others
is built anew.
*/
IF OBJECT_ID('ops.mart_builds') IS NULL
    CREATE TABLE ops.mart_builds
    (
        mart_name varchar(128) NOT NULL,
        last_load_id bigint NOT NULL,
        settings varchar(4000) NOT NULL,
        built_at datetime2(6) NOT NULL,
        CONSTRAINT pk_mart_builds PRIMARY KEY (mart_name)
    );
GO

INSERT INTO catalog.sources
(
    source, raw_table, key_columns, version_order, generated_column, rest_column, line_column, folder_patterns,
    header_start, description
)
SELECT
    seed.source,
    seed.raw_table,
    seed.key_columns,
    seed.version_order,
    seed.generated_column,
    NULL AS rest_column,
    NULL AS line_column,
    NULL AS folder_patterns,
    NULL AS header_start,
    seed.description
FROM
(
    VALUES
        ('assignments', 'assignments', 'experiment_id, unit_id', 'first assigned_at', NULL,
            'Which variation a unit of an experiment got.'),
        ('events', 'events', 'event_id', 'latest event_at, load, line', 'event_id',
            'Product events; those named exposure are exposures.'),
        ('unit_attributes', 'unit_attributes', 'unit_id, attribute, valid_from', 'latest load, line', NULL,
            'What is so of a unit from a time on: country, platform, plan, cluster.')
) AS seed (source, raw_table, key_columns, version_order, generated_column, description)
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS s WHERE s.source = seed.source);
GO

INSERT INTO catalog.source_columns
    (source, column_name, column_place, value_type, other_names, is_required, description)
SELECT
    seed.source,
    seed.column_name,
    seed.column_place,
    seed.value_type,
    NULL AS other_names,
    CAST(seed.is_required AS bit) AS is_required,
    NULL AS description
FROM
(
    VALUES
        ('assignments', 'experiment_id', 1, 'id', 1),
        ('assignments', 'unit_id', 2, 'id', 1),
        ('assignments', 'variation_id', 3, 'id', 1),
        ('assignments', 'assigned_at', 4, 'time', 1),
        ('events', 'event_id', 1, 'id', 0),
        ('events', 'unit_id', 2, 'id', 1),
        ('events', 'event_name', 3, 'id', 1),
        ('events', 'event_at', 4, 'time', 1),
        ('events', 'event_value', 5, 'number', 0),
        ('events', 'experiment_id', 6, 'id', 0),
        ('events', 'variation_id', 7, 'id', 0),
        ('events', 'attributes', 8, 'json', 0),
        ('unit_attributes', 'unit_id', 1, 'id', 1),
        ('unit_attributes', 'attribute', 2, 'id', 1),
        ('unit_attributes', 'attribute_value', 3, 'text', 1),
        ('unit_attributes', 'valid_from', 4, 'time', 0)
) AS seed (source, column_name, column_place, value_type, is_required)
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
        ('assignments', 'iso'),
        ('assignments', 'epoch_seconds'),
        ('assignments', 'epoch_milliseconds'),
        ('events', 'iso'),
        ('events', 'epoch_seconds'),
        ('events', 'epoch_milliseconds'),
        ('unit_attributes', 'iso'),
        ('unit_attributes', 'epoch_seconds'),
        ('unit_attributes', 'epoch_milliseconds')
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
        ('assignments', 'rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('assignments', 'missing_experiment_id', 'experiment_id', 'Empty.'),
        ('assignments', 'missing_unit_id', 'unit_id', 'Empty.'),
        ('assignments', 'missing_variation_id', 'variation_id', 'Empty.'),
        ('assignments', 'bad_timestamp', 'assigned_at', 'No time in a format of the source.'),
        ('assignments', 'too_long', NULL, 'An id has more than 128 bytes.'),
        ('events', 'rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('events', 'missing_event_id', 'event_id', 'Empty.'),
        ('events', 'missing_unit_id', 'unit_id', 'Empty.'),
        ('events', 'missing_event_name', 'event_name', 'Empty.'),
        ('events', 'missing_experiment_id', 'experiment_id', 'An exposure without experiment.'),
        ('events', 'missing_variation_id', 'variation_id', 'An exposure without variation.'),
        ('events', 'bad_timestamp', 'event_at', 'No time in a format of the source.'),
        ('events', 'bad_number', 'event_value', 'No number.'),
        ('events', 'too_long', NULL, 'An id has more than 128 bytes.'),
        ('unit_attributes', 'rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('unit_attributes', 'missing_unit_id', 'unit_id', 'Empty.'),
        ('unit_attributes', 'missing_attribute', 'attribute', 'Empty.'),
        ('unit_attributes', 'missing_value', 'attribute_value', 'Empty.'),
        ('unit_attributes', 'bad_timestamp', 'valid_from', 'Neither empty nor a time in a format of the source.'),
        ('unit_attributes', 'too_long', NULL, 'A unit or attribute has more than 128 bytes, or a value more than 400.')
) AS seed (source, rule_name, column_name, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_rules AS r
    WHERE r.source = seed.source AND r.rule_name = seed.rule_name
);
GO

/* Support tickets: the table of landed lines, the staged rows, and the description of the source. */
IF OBJECT_ID('raw.tickets') IS NULL
    CREATE TABLE raw.tickets
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        ticket_id varchar(4000) NULL,
        user_id varchar(4000) NULL,
        opened_at varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_tickets PRIMARY KEY (load_id, line_number)
    );
GO

/* One row a ticket: the line of the latest load, then the last one. */
IF OBJECT_ID('staging.stg_tickets') IS NULL
    CREATE TABLE staging.stg_tickets
    (
        ticket_id varchar(128) NOT NULL,
        user_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        opened_at datetime2(6) NOT NULL,
        CONSTRAINT pk_stg_tickets PRIMARY KEY (ticket_id)
    );
GO

INSERT INTO catalog.sources (source, raw_table, key_columns, version_order, folder_patterns, description)
SELECT
    'tickets' AS source,
    'tickets' AS raw_table,
    'ticket_id' AS key_columns,
    'latest load, line' AS version_order,
    '*.csv,*.csv.gz' AS folder_patterns,
    'Support tickets.' AS description
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS s WHERE s.source = 'tickets');
GO

INSERT INTO catalog.source_columns (source, column_name, column_place, value_type, other_names, is_required)
SELECT
    'tickets' AS source,
    seed.column_name,
    seed.column_place,
    seed.value_type,
    seed.other_names,
    CAST(1 AS bit) AS is_required
FROM
(
    VALUES
        ('ticket_id', 1, 'id', 'id'), ('user_id', 2, 'id', 'customer'), ('opened_at', 3, 'time', 'created,opened')
) AS seed (column_name, column_place, value_type, other_names)
WHERE NOT EXISTS (SELECT 1 FROM catalog.source_columns AS c WHERE c.source = 'tickets');
GO

INSERT INTO catalog.source_timestamp_formats (source, timestamp_format)
SELECT
    'tickets' AS source,
    seed.timestamp_format
FROM (VALUES ('iso'), ('epoch_seconds'), ('epoch_milliseconds')) AS seed (timestamp_format)
WHERE NOT EXISTS (SELECT 1 FROM catalog.source_timestamp_formats AS f WHERE f.source = 'tickets');
GO

INSERT INTO catalog.source_rules (source, rule_name, column_name, description)
SELECT
    'tickets' AS source,
    seed.rule_name,
    seed.column_name,
    seed.description
FROM
(
    VALUES
        ('rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('missing_ticket_id', 'ticket_id', 'Empty.'),
        ('missing_user_id', 'user_id', 'Empty.'),
        ('bad_timestamp', 'opened_at', 'No time in a format of the source.'),
        ('too_long', NULL, 'An id has more than 128 bytes.')
) AS seed (rule_name, column_name, description)
WHERE NOT EXISTS (SELECT 1 FROM catalog.source_rules AS r WHERE r.source = 'tickets');
GO

/*
raw: as landed. One row a line that could be split into fields, all text, nothing converted, append-only, with the
load and the line it came from. reject_rule is the loader's rule that a row matched; such a row goes to quarantine.
*/
IF OBJECT_ID('raw.assignments') IS NULL
    CREATE TABLE raw.assignments
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        experiment_id varchar(4000) NULL,
        unit_id varchar(4000) NULL,
        variation_id varchar(4000) NULL,
        assigned_at varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_assignments PRIMARY KEY (load_id, line_number)
    );
GO

IF OBJECT_ID('raw.events') IS NULL
    CREATE TABLE raw.events
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        event_id varchar(4000) NULL,
        unit_id varchar(4000) NULL,
        event_name varchar(4000) NULL,
        event_at varchar(4000) NULL,
        event_value varchar(4000) NULL,
        experiment_id varchar(4000) NULL,
        variation_id varchar(4000) NULL,
        attributes varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_events PRIMARY KEY (load_id, line_number)
    );
GO

/* One row a line that could not be split or has a field that is too long, with the rule it broke. */
IF OBJECT_ID('raw.rejected_lines') IS NULL
    CREATE TABLE raw.rejected_lines
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        rule_name varchar(64) NOT NULL,
        raw_line varchar(max) NULL,
        CONSTRAINT pk_rejected_lines PRIMARY KEY (load_id, line_number)
    );
GO

/*
Attributes of units (country, platform, plan, …) as they land and as they are staged, the members of clusters, and the
attributes of events that the catalog names.
*/
IF OBJECT_ID('raw.unit_attributes') IS NULL
    CREATE TABLE raw.unit_attributes
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        unit_id varchar(4000) NULL,
        attribute varchar(4000) NULL,
        attribute_value varchar(4000) NULL,
        valid_from varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_unit_attributes PRIMARY KEY (load_id, line_number)
    );
GO

/*
One row a unit, attribute and time from which its value holds. A value that landed without a time holds from the
beginning ('0001-01-01').
*/
IF OBJECT_ID('staging.stg_unit_attributes') IS NULL
    CREATE TABLE staging.stg_unit_attributes
    (
        unit_id varchar(128) NOT NULL,
        attribute varchar(128) NOT NULL,
        attribute_value varchar(400) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        valid_from datetime2(6) NOT NULL,
        CONSTRAINT pk_stg_unit_attributes PRIMARY KEY (unit_id, attribute, valid_from)
    );
GO

/*
One row an event and attribute that a filter or a distinct count of the catalog names, NULL where the event does not
have it. An event is (load_id, line_number) of its staged row.
*/
IF OBJECT_ID('marts.event_attributes') IS NULL
    CREATE TABLE marts.event_attributes
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        event_name varchar(128) NOT NULL,
        attribute varchar(128) NOT NULL,
        attribute_value varchar(400) NULL,
        CONSTRAINT pk_event_attributes PRIMARY KEY (event_name, attribute, load_id, line_number)
    );
GO

/* One row an (event, attribute) pair and load whose events marts.event_attributes holds. */
IF OBJECT_ID('marts.event_attribute_loads') IS NULL
    CREATE TABLE marts.event_attribute_loads
    (
        load_id bigint NOT NULL,
        event_name varchar(128) NOT NULL,
        attribute varchar(128) NOT NULL,
        CONSTRAINT pk_event_attribute_loads PRIMARY KEY (event_name, attribute, load_id)
    );
GO

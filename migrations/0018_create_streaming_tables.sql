/*
Streaming: the tables of listening histories from raw to marts, and the description of the sources scrobbles (plays)
and scrobble_users (profiles).
*/
IF OBJECT_ID('raw.scrobbles') IS NULL
    CREATE TABLE raw.scrobbles
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        user_id varchar(4000) NULL,
        played_at varchar(4000) NULL,
        artist_id varchar(4000) NULL,
        artist_name varchar(4000) NULL,
        track_id varchar(4000) NULL,
        track_name varchar(4000) NULL,
        album_name varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_scrobbles PRIMARY KEY (load_id, line_number)
    );
GO

IF OBJECT_ID('raw.scrobble_users') IS NULL
    CREATE TABLE raw.scrobble_users
    (
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        user_id varchar(4000) NULL,
        gender varchar(4000) NULL,
        age varchar(4000) NULL,
        country varchar(4000) NULL,
        registered_on varchar(4000) NULL,
        reject_rule varchar(4000) NULL,
        CONSTRAINT pk_scrobble_users PRIMARY KEY (load_id, line_number)
    );
GO

/*
One row a play: a valid line, the first of those with the same user, time, artist and track. seconds_to_next runs to the
user's next play, NULL for the last one. What the thresholds make of it is in the view staging.stg_scrobbles.
*/
IF OBJECT_ID('staging.scrobble_plays') IS NULL
    CREATE TABLE staging.scrobble_plays
    (
        user_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        artist_id varchar(128) NULL,
        track_id varchar(128) NULL,
        artist_name varchar(1000) NOT NULL,
        track_name varchar(1000) NOT NULL,
        album_name varchar(1000) NULL,
        seconds_to_next float NULL,
        played_at datetime2(6) NOT NULL,
        CONSTRAINT pk_scrobble_plays PRIMARY KEY (load_id, line_number)
    );
GO

/* One row a user of the profile file, the latest version. An age beyond the limits is no age. */
IF OBJECT_ID('staging.stg_scrobble_users') IS NULL
    CREATE TABLE staging.stg_scrobble_users
    (
        user_id varchar(128) NOT NULL,
        load_id bigint NOT NULL,
        line_number bigint NOT NULL,
        gender varchar(16) NULL,
        country varchar(128) NULL,
        age int NULL,
        registered_on date NULL,
        CONSTRAINT pk_stg_scrobble_users PRIMARY KEY (user_id)
    );
GO

/*
One row a session: plays of a user with no gap over the limit between them; those with too few tracks are left out.
session_number counts all of the user's sessions. minutes is the sum of the play durations.
*/
IF OBJECT_ID('marts.dim_sessions') IS NULL
    CREATE TABLE marts.dim_sessions
    (
        user_id varchar(128) NOT NULL,
        session_number bigint NOT NULL,
        track_count bigint NOT NULL,
        unique_artist_count bigint NOT NULL,
        skip_count bigint NOT NULL,
        minutes float NOT NULL,
        skip_rate float NOT NULL,
        started_at datetime2(6) NOT NULL,
        last_played_at datetime2(6) NOT NULL,
        CONSTRAINT pk_dim_sessions PRIMARY KEY (user_id, session_number)
    );
GO

/* One row a user with enough sessions, over all of the user's sessions in marts.dim_sessions. */
IF OBJECT_ID('marts.fct_user_metrics') IS NULL
    CREATE TABLE marts.fct_user_metrics
    (
        user_id varchar(128) NOT NULL,
        session_count bigint NOT NULL,
        track_count bigint NOT NULL,
        skip_count bigint NOT NULL,
        unique_artist_count bigint NOT NULL,
        minutes float NOT NULL,
        mean_session_minutes float NOT NULL,
        tracks_per_session float NOT NULL,
        skip_rate float NOT NULL,
        is_retained_day_1 bit NOT NULL,
        first_session_at datetime2(6) NOT NULL,
        last_session_at datetime2(6) NOT NULL,
        CONSTRAINT pk_fct_user_metrics PRIMARY KEY (user_id)
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
    NULL AS generated_column,
    NULL AS rest_column,
    NULL AS line_column,
    seed.folder_patterns,
    seed.header_start,
    seed.description
FROM
(
    VALUES
    (
        'scrobbles', 'scrobbles', 'user_id, played_at, artist_name, track_name', 'first load, line',
        '*.tsv,*.tsv.gz', NULL, 'Plays of a listening history, as Last.fm exports them.'
    ),
    (
        'scrobble_users', 'scrobble_users', 'user_id', 'latest load, line', '*profile.tsv,*profile.tsv.gz', '#id',
        'Profiles of the users of a listening history.'
    )
) AS seed (source, raw_table, key_columns, version_order, folder_patterns, header_start, description)
WHERE NOT EXISTS (SELECT 1 FROM catalog.sources AS s WHERE s.source = seed.source);
GO

INSERT INTO catalog.source_layouts (source, layout_name, column_list, file_name_column, file_name_prefix)
SELECT
    seed.source,
    seed.layout_name,
    seed.column_list,
    seed.file_name_column,
    seed.file_name_prefix
FROM
(
    VALUES
    (
        'scrobbles', 'one file', 'user_id,played_at,artist_id,artist_name,track_id,track_name', NULL, NULL
    ),
    (
        'scrobbles', 'one file a user', 'artist_name,album_name,track_name,played_at', 'user_id', 'userid-'
    )
) AS seed (source, layout_name, column_list, file_name_column, file_name_prefix)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_layouts AS l
    WHERE l.source = seed.source AND l.layout_name = seed.layout_name
);
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
    seed.description
FROM
(
    VALUES
        ('scrobbles', 'user_id', 1, 'id', 'userid', 1, 'Who played.'),
        ('scrobbles', 'played_at', 2, 'time', 'timestamp', 1, 'When the play began.'),
        ('scrobbles', 'artist_id', 3, 'id', 'artid', 0, 'MusicBrainz id, often empty.'),
        ('scrobbles', 'artist_name', 4, 'text', 'artist,artname', 1, NULL),
        ('scrobbles', 'track_id', 5, 'id', 'traid', 0, 'MusicBrainz id, often empty.'),
        ('scrobbles', 'track_name', 6, 'text', 'track,traname', 1, NULL),
        ('scrobbles', 'album_name', 7, 'text', 'album', 0, NULL),
        ('scrobble_users', 'user_id', 1, 'id', '#id,id,userid', 1, NULL),
        ('scrobble_users', 'gender', 2, 'text', NULL, 0, NULL),
        ('scrobble_users', 'age', 3, 'whole number', NULL, 0, NULL),
        ('scrobble_users', 'country', 4, 'text', NULL, 0, NULL),
        ('scrobble_users', 'registered_on', 5, 'date', 'registered', 0, 'Such as Aug 13, 2006, or ISO.')
) AS seed (source, column_name, column_place, value_type, other_names, is_required, description)
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
    VALUES ('scrobbles', 'iso'), ('scrobbles', 'epoch_seconds'), ('scrobbles', 'epoch_milliseconds')
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
        ('scrobbles', 'rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('scrobbles', 'missing_user_id', 'user_id', 'Empty.'),
        ('scrobbles', 'missing_artist', 'artist_name', 'Empty.'),
        ('scrobbles', 'missing_track', 'track_name', 'Empty.'),
        ('scrobbles', 'bad_timestamp', 'played_at', 'No time from 1970 on in a format of the source.'),
        ('scrobbles', 'too_long', NULL, 'An id has more than 128 bytes, or a name more than 1,000.'),
        ('scrobble_users', 'rejected_by_rule', NULL, 'A rule of --reject holds.'),
        ('scrobble_users', 'missing_user_id', 'user_id', 'Empty.'),
        ('scrobble_users', 'bad_age', 'age', 'Neither empty nor a whole number.'),
        ('scrobble_users', 'bad_date', 'registered_on', 'Neither empty nor a date.'),
        ('scrobble_users', 'too_long', NULL, 'An id or country has more than 128 bytes, a gender more than 16.')
) AS seed (source, rule_name, column_name, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_rules AS r
    WHERE r.source = seed.source AND r.rule_name = seed.rule_name
);
GO

INSERT INTO catalog.source_settings (source, setting_name, setting_value, unit_label, description)
SELECT
    seed.source,
    seed.setting_name,
    seed.setting_value,
    seed.unit_label,
    seed.description
FROM
(
    VALUES
    (
        'scrobbles', 'play_cap_seconds', 600e0, 's', 'A play lasts until the next one, and at most this long.'
    ),
    (
        'scrobbles', 'skip_seconds', 30e0, 's', 'A play is a skip when the next one begins in less than this.'
    ),
    (
        'scrobbles', 'session_gap_seconds', 1800e0, 's', 'A gap of more than this between two plays ends a session.'
    ),
    (
        'scrobbles', 'min_session_tracks', 2e0, 'tracks', 'Sessions of fewer tracks are left out.'
    ),
    (
        'scrobbles', 'min_user_sessions', 3e0, 'sessions', 'Users of fewer sessions have no row of metrics.'
    ),
    (
        'scrobble_users', 'min_age', 5e0, 'years', 'A lower age is taken for no age.'
    ),
    (
        'scrobble_users', 'max_age', 100e0, 'years', 'A higher age is taken for no age.'
    )
) AS seed (source, setting_name, setting_value, unit_label, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_settings AS s
    WHERE s.source = seed.source AND s.setting_name = seed.setting_name
);
GO

INSERT INTO catalog.source_attributes (source, attribute, is_reference, description)
SELECT
    'scrobbles' AS source,
    seed.attribute,
    CAST(seed.is_reference AS bit) AS is_reference,
    seed.description
FROM
(
    VALUES
        ('artist', 0, 'The artist of a play.'),
        ('track', 0, 'Its track.'),
        ('album', 0, 'Its album.'),
        ('country', 1, 'The country of the profile of its user.'),
        ('gender', 1, 'The gender of that profile.')
) AS seed (attribute, is_reference, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.source_attributes AS a
    WHERE a.source = 'scrobbles' AND a.attribute = seed.attribute
);
GO

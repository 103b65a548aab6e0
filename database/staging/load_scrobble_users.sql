/*
Stages one finished load of profiles in staging.stg_scrobble_users: one row a user, the latest load and line. A line
without a user, with an age that is no whole number or a date that is none goes to staging.quarantine. Dates are ISO or
such as 'Aug 13, 2006'. An age outside the limits of catalog.source_settings is taken for no age. Running it again for
a staged load does nothing.
*/
CREATE OR ALTER PROCEDURE staging.load_scrobble_users
    @load_id bigint
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @message varchar(400);
DECLARE @done_count bigint;
DECLARE @min_age float;
DECLARE @max_age float;
IF NOT EXISTS
(
    SELECT 1
    FROM ops.load_log AS l
    WHERE l.load_id = @load_id AND l.source = 'scrobble_users' AND l.status = 'finished'
)
BEGIN
    SET @message = CONCAT('Load ', @load_id, ' is no finished load of scrobble_users.');
    THROW 50012, @message, 1;
END;
SELECT
    @min_age = MAX(CASE WHEN s.setting_name = 'min_age' THEN s.setting_value END),
    @max_age = MAX(CASE WHEN s.setting_name = 'max_age' THEN s.setting_value END)
FROM catalog.source_settings AS s
WHERE s.source = 'scrobble_users';
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.load_id = @load_id AND l.staged_at IS NULL)
    BEGIN
        SELECT
            u.line_number
        INTO #done
        FROM staging.stg_scrobble_users AS u
        WHERE u.load_id = @load_id
        UNION ALL
        SELECT
            d.line_number
        FROM staging.duplicates AS d
        WHERE d.load_id = @load_id;
        SELECT @done_count = COUNT_BIG(*) FROM #done AS d;

        WITH trimmed AS
        (
            SELECT
                r.load_id,
                r.line_number,
                r.reject_rule,
                r.age AS raw_age,
                r.registered_on AS raw_registered_on,
                NULLIF(TRIM(r.user_id), '') AS user_id,
                NULLIF(TRIM(r.gender), '') AS gender,
                NULLIF(TRIM(r.country), '') AS country,
                NULLIF(TRIM(r.age), '') AS age_text,
                NULLIF(TRIM(r.registered_on), '') AS date_text
            FROM raw.scrobble_users AS r
            WHERE r.load_id = @load_id
                AND (@done_count = 0 OR r.line_number NOT IN (SELECT d.line_number FROM #done AS d))
        ),
        converted AS
        (
            SELECT
                t.load_id,
                t.line_number,
                t.reject_rule,
                t.raw_age,
                t.raw_registered_on,
                t.user_id,
                t.gender,
                t.country,
                t.age_text,
                t.date_text,
                CASE
                    WHEN REPLACE(TRANSLATE(t.age_text, '123456789', '000000000'), '0', '') = ''
                        AND LEN(t.age_text) < 10
                        THEN TRY_CAST(t.age_text AS int)
                END AS age,
                CASE
                    WHEN f.date_shape = '0000-00-00' THEN TRY_CAST(t.date_text AS date)
                    /* Aug 3, 2006 and Aug 13, 2006: the month by its place in the list of names. */
                    WHEN SUBSTRING(f.date_shape, 4, 20) IN (' 0, 0000', ' 00, 0000') AND m.place % 3 = 1
                        THEN TRY_CAST
                        (
                            CONCAT
                            (
                                RIGHT(t.date_text, 4), '-',
                                RIGHT(CONCAT('0', CAST(CEILING(CAST(m.place AS float) / 3) AS int)), 2), '-',
                                RIGHT(CONCAT('0', TRIM(SUBSTRING(t.date_text, 5, LEN(t.date_text) - 10))), 2)
                            ) AS date
                        )
                END AS registered_on
            FROM trimmed AS t
            CROSS APPLY (SELECT TRANSLATE(t.date_text, '123456789', '000000000') AS date_shape) AS f
            CROSS APPLY
            (
                SELECT CHARINDEX(LEFT(t.date_text, 3), 'JanFebMarAprMayJunJulAugSepOctNovDec') AS place
            ) AS m
        )
        SELECT
            c.load_id,
            c.line_number,
            c.user_id,
            c.gender,
            c.country,
            CASE WHEN CAST(c.age AS float) BETWEEN @min_age AND @max_age THEN c.age END AS age,
            c.registered_on,
            CASE
                WHEN c.reject_rule IS NOT NULL THEN 'rejected_by_rule'
                WHEN c.user_id IS NULL THEN 'missing_user_id'
                WHEN c.age_text IS NOT NULL AND c.age IS NULL THEN 'bad_age'
                WHEN c.date_text IS NOT NULL AND c.registered_on IS NULL THEN 'bad_date'
                WHEN DATALENGTH(c.user_id) > 128 OR DATALENGTH(c.country) > 128 OR DATALENGTH(c.gender) > 16
                    THEN 'too_long'
            END AS rule_name,
            CASE
                WHEN c.reject_rule IS NOT NULL THEN c.reject_rule
                WHEN c.age_text IS NOT NULL AND c.age IS NULL THEN c.raw_age
                WHEN c.date_text IS NOT NULL AND c.registered_on IS NULL THEN c.raw_registered_on
            END AS raw_value
        INTO #typed
        FROM converted AS c;

        INSERT INTO staging.quarantine
            (source, load_id, line_number, rule_name, column_name, raw_value, quarantined_at)
        SELECT
            'scrobble_users' AS source,
            t.load_id,
            t.line_number,
            t.rule_name,
            CASE t.rule_name
                WHEN 'missing_user_id' THEN 'user_id'
                WHEN 'bad_age' THEN 'age'
                WHEN 'bad_date' THEN 'registered_on'
            END AS column_name,
            CASE WHEN t.rule_name IN ('rejected_by_rule', 'bad_age', 'bad_date') THEN t.raw_value END AS raw_value,
            @now AS quarantined_at
        FROM #typed AS t
        WHERE t.rule_name IS NOT NULL;

        /* The versions of each user that this load names, the one that counts first. */
        SELECT
            v.user_id,
            v.load_id,
            v.line_number,
            v.gender,
            v.country,
            v.age,
            v.registered_on,
            ROW_NUMBER() OVER (PARTITION BY v.user_id ORDER BY v.load_id DESC, v.line_number DESC) AS place
        INTO #versions
        FROM
        (
            SELECT
                t.user_id,
                t.load_id,
                t.line_number,
                t.gender,
                t.country,
                t.age,
                t.registered_on
            FROM #typed AS t
            WHERE t.rule_name IS NULL
            UNION ALL
            SELECT
                s.user_id,
                s.load_id,
                s.line_number,
                s.gender,
                s.country,
                s.age,
                s.registered_on
            FROM staging.stg_scrobble_users AS s
            WHERE EXISTS (SELECT 1 FROM #typed AS t WHERE t.user_id = s.user_id AND t.rule_name IS NULL)
        ) AS v;

        INSERT INTO staging.duplicates
        (
            source, load_id, line_number, rule_name, key_value, variation_id, kept_load_id, kept_line_number,
            recorded_at
        )
        SELECT
            'scrobble_users' AS source,
            l.load_id,
            l.line_number,
            'older_version' AS rule_name,
            l.user_id AS key_value,
            NULL AS variation_id,
            k.load_id AS kept_load_id,
            k.line_number AS kept_line_number,
            @now AS recorded_at
        FROM #versions AS l
        INNER JOIN #versions AS k
            ON k.user_id = l.user_id
        WHERE l.place > 1 AND k.place = 1;

        DELETE s
        FROM staging.stg_scrobble_users AS s
        INNER JOIN #versions AS v
            ON v.user_id = s.user_id;

        INSERT INTO staging.stg_scrobble_users
            (user_id, load_id, line_number, gender, country, age, registered_on)
        SELECT
            v.user_id,
            v.load_id,
            v.line_number,
            v.gender,
            v.country,
            v.age,
            v.registered_on
        FROM #versions AS v
        WHERE v.place = 1;

        UPDATE ops.load_log
        SET staged_at = @now
        WHERE load_id = @load_id;
    END;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Flags the users with more than bot_events_per_second events in any one UTC calendar second, in all of their events, and
notes the days that change. Does nothing where neither a load nor the threshold is new since the last time.
*/
CREATE OR ALTER PROCEDURE staging.flag_commerce_bots
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @limit float;
DECLARE @settings varchar(4000);
DECLARE @last_load_id bigint;
DECLARE @newest_load_id bigint;
SELECT
    @limit = MAX(s.setting_value),
    @settings = CONCAT('bot_events_per_second=', CAST(MAX(s.setting_value) AS varchar(40)))
FROM catalog.source_settings AS s
WHERE s.source = 'commerce_events' AND s.setting_name = 'bot_events_per_second';
SELECT @newest_load_id = MAX(l.load_id)
FROM ops.load_log AS l
WHERE l.source = 'commerce_events' AND l.staged_at IS NOT NULL;
SELECT @last_load_id = MAX(b.last_load_id)
FROM ops.mart_builds AS b
WHERE b.mart_name = 'commerce_bots' AND b.settings = @settings;
IF @newest_load_id IS NULL OR @newest_load_id = @last_load_id
    RETURN;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    SELECT
        b.user_id
    INTO #bots
    FROM
    (
        SELECT
            s.user_id,
            CAST(s.event_at AS date) AS event_date,
            DATEPART(hour, s.event_at) * 3600 + DATEPART(minute, s.event_at) * 60 + DATEPART(second, s.event_at)
                AS second_number
        FROM staging.stg_commerce_events AS s
    ) AS b
    GROUP BY b.user_id, b.event_date, b.second_number
    HAVING CAST(COUNT_BIG(*) AS float) > @limit;

    SELECT
        c.event_id,
        c.event_date,
        c.is_bot
    INTO #changed
    FROM
    (
        SELECT
            s.event_id,
            CAST(s.event_at AS date) AS event_date,
            CAST(s.is_bot AS int) AS was_bot,
            CASE WHEN EXISTS (SELECT 1 FROM #bots AS b WHERE b.user_id = s.user_id) THEN 1 ELSE 0 END AS is_bot
        FROM staging.stg_commerce_events AS s
    ) AS c
    WHERE c.is_bot <> c.was_bot;

    IF EXISTS (SELECT 1 FROM #changed AS c)
    BEGIN
        UPDATE s
        SET is_bot = CAST(c.is_bot AS bit)
        FROM staging.stg_commerce_events AS s
        INNER JOIN #changed AS c
            ON c.event_id = s.event_id;

        INSERT INTO staging.commerce_changed_days (event_date)
        SELECT DISTINCT
            c.event_date
        FROM #changed AS c
        WHERE NOT EXISTS (SELECT 1 FROM staging.commerce_changed_days AS d WHERE d.event_date = c.event_date);
    END;

    DELETE FROM ops.mart_builds WHERE mart_name = 'commerce_bots';
    INSERT INTO ops.mart_builds (mart_name, last_load_id, settings, built_at)
    VALUES ('commerce_bots', @newest_load_id, @settings, @now);
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Tries the quarantined lines of a source again, after a rule, a format or a reference has changed: takes them out of
staging.quarantine and stages them as if they had just come. Lines that are staged or duplicates stay as they are. One
rule only where @rule_name is given. Rows of marts are built anew by the next refresh.
*/
CREATE OR ALTER PROCEDURE staging.reprocess
    @source varchar(64),
    @rule_name varchar(64)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @message varchar(400);
IF NOT EXISTS (SELECT 1 FROM catalog.sources AS s WHERE s.source = @source)
BEGIN
    SET @message = CONCAT('The source ''', @source, ''' is not in catalog.sources.');
    THROW 50012, @message, 1;
END;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    SELECT DISTINCT
        q.load_id
    INTO #loads
    FROM staging.quarantine AS q
    WHERE q.source = @source AND (@rule_name IS NULL OR q.rule_name = @rule_name);

    /* All lines of such a load: staging judges whatever is neither staged nor a duplicate. */
    DELETE q
    FROM staging.quarantine AS q
    INNER JOIN #loads AS l
        ON l.load_id = q.load_id
    WHERE q.source = @source;

    UPDATE g
    SET staged_at = NULL
    FROM ops.load_log AS g
    INNER JOIN #loads AS l
        ON l.load_id = g.load_id;

    /* Marts that ask for new loads would not see lines of old ones. */
    DELETE FROM ops.mart_builds WHERE @source IN ('scrobbles') AND mart_name = 'dim_sessions';
    DELETE FROM ops.mart_builds WHERE @source IN ('commerce_events') AND mart_name = 'commerce_bots';
    DELETE FROM ops.mart_builds WHERE @source IN ('podcast_users') AND mart_name = 'dim_users';
    DELETE FROM ops.mart_builds WHERE @source IN ('podcast_episodes') AND mart_name = 'dim_episodes';
    EXEC staging.load_all;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

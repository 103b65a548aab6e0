/*
Stages every finished load that is not staged yet, oldest first, each in a transaction of its own: a run that dies goes
on where it stopped. Podcast events are judged again once their users or episodes come. Then flags bots, and assigns the
users of sources by hash.
*/
CREATE OR ALTER PROCEDURE staging.load_all
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @load_id bigint;
DECLARE @source varchar(64);
/* What events refer to comes first. */
SELECT @load_id = MIN(l.load_id)
FROM ops.load_log AS l
WHERE l.status = 'finished' AND l.staged_at IS NULL AND l.source IN ('podcast_users', 'podcast_episodes');
WHILE @load_id IS NOT NULL
BEGIN
    SELECT @source = l.source FROM ops.load_log AS l WHERE l.load_id = @load_id;
    IF @source = 'podcast_users'
        EXEC staging.load_podcast_users @load_id = @load_id;
    IF @source = 'podcast_episodes'
        EXEC staging.load_podcast_episodes @load_id = @load_id;
    SELECT @load_id = MIN(l.load_id)
    FROM ops.load_log AS l
    WHERE l.status = 'finished' AND l.staged_at IS NULL AND l.source IN ('podcast_users', 'podcast_episodes')
        AND l.load_id > @load_id;
END;
EXEC staging.rejudge_podcast_events;
SELECT @load_id = MIN(l.load_id) FROM ops.load_log AS l WHERE l.status = 'finished' AND l.staged_at IS NULL;
WHILE @load_id IS NOT NULL
BEGIN
    SELECT @source = l.source FROM ops.load_log AS l WHERE l.load_id = @load_id;
    IF @source = 'assignments'
        EXEC staging.load_assignments @load_id = @load_id;
    IF @source = 'events'
        EXEC staging.load_events @load_id = @load_id;
    IF @source = 'unit_attributes'
        EXEC staging.load_unit_attributes @load_id = @load_id;
    IF @source = 'scrobbles'
        EXEC staging.load_scrobbles @load_id = @load_id;
    IF @source = 'scrobble_users'
        EXEC staging.load_scrobble_users @load_id = @load_id;
    IF @source = 'commerce_events'
        EXEC staging.load_commerce_events @load_id = @load_id;
    IF @source = 'podcast_events'
        EXEC staging.load_podcast_events @load_id = @load_id;
    SELECT @load_id = MIN(l.load_id)
    FROM ops.load_log AS l
    WHERE l.status = 'finished' AND l.staged_at IS NULL AND l.load_id > @load_id;
END;
EXEC staging.flag_commerce_bots;
EXEC staging.load_hash_assignments;
GO

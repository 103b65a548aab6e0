/*
Rebuilds marts.dim_users from staging.stg_podcast_users: a version begins where a value is another than in the one
before (by the time of the change, then load), and holds until the next one begins. Of two changes at one time the
later load's stays. Nothing is done where no load is new.
*/
CREATE OR ALTER PROCEDURE marts.load_dim_users
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @newest_load_id bigint;
SELECT @newest_load_id = MAX(s.load_id) FROM staging.stg_podcast_users AS s;
IF @newest_load_id IS NULL
    OR EXISTS
    (
        SELECT 1 FROM ops.mart_builds AS b WHERE b.mart_name = 'dim_users' AND b.last_load_id = @newest_load_id
    )
    RETURN;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.dim_users;
    WITH last_of_time AS
    (
        SELECT
            s.user_id,
            s.load_id,
            s.country,
            s.plan_name,
            s.changed_at,
            ROW_NUMBER() OVER (PARTITION BY s.user_id, s.changed_at ORDER BY s.load_id DESC) AS place
        FROM staging.stg_podcast_users AS s
    ),
    compared AS
    (
        SELECT
            s.user_id,
            s.country,
            s.plan_name,
            LAG(s.country) OVER (PARTITION BY s.user_id ORDER BY s.changed_at, s.load_id)
                AS earlier_country,
            LAG(s.plan_name) OVER (PARTITION BY s.user_id ORDER BY s.changed_at, s.load_id)
                AS earlier_plan_name,
            s.changed_at,
            ROW_NUMBER() OVER (PARTITION BY s.user_id ORDER BY s.changed_at, s.load_id) AS place
        FROM last_of_time AS s
        WHERE s.place = 1
    ),
    changed AS
    (
        SELECT
            s.user_id,
            s.country,
            s.plan_name,
            CASE WHEN s.place = 1 THEN CAST('1900-01-01' AS datetime2(6)) ELSE s.changed_at END AS valid_from
        FROM compared AS s
        WHERE s.place = 1
            OR COALESCE(s.country, '') <> COALESCE(s.earlier_country, '')
            OR COALESCE(s.plan_name, '') <> COALESCE(s.earlier_plan_name, '')
    )
    INSERT INTO marts.dim_users
    (
        user_id, version_number, country, plan_name, is_current, valid_from, valid_to
    )
    SELECT
        c.user_id,
        ROW_NUMBER() OVER (PARTITION BY c.user_id ORDER BY c.valid_from) AS version_number,
        c.country,
        c.plan_name,
        CAST
        (
            CASE
                WHEN LEAD(c.valid_from) OVER (PARTITION BY c.user_id ORDER BY c.valid_from) IS NULL THEN 1
                ELSE 0
            END AS bit
        ) AS is_current,
        c.valid_from,
        LEAD(c.valid_from) OVER (PARTITION BY c.user_id ORDER BY c.valid_from) AS valid_to
    FROM changed AS c;

    /* The versions of the facts are looked up anew. */
    DELETE FROM marts.fct_user_interactions;
    DELETE FROM ops.mart_builds WHERE mart_name = 'dim_users';
    INSERT INTO ops.mart_builds (mart_name, last_load_id, settings, built_at)
    VALUES ('dim_users', @newest_load_id, '', @now);
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

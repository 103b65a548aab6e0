/*
Brings everything of one experiment in the marts up to date, in one transaction: readers see the old rows or the new
ones. What it does, it says in marts.experiment_refreshes.refresh_kind:
  none         nothing: no load was staged since the last refresh, and the definition is the same;
  aggregates   no unit of the experiment is touched, but time went on or what the aggregates depend on has changed;
  incremental  the rows of the units that new loads touch are made again, all others kept, then the aggregates;
  full         everything is built anew: the first time, after marts.forget_refresh, after a change of what units
               depend on (catalog.experiment_hashes), where clusters are randomised and loads came, or where more than
               a quarter of the units are touched, which costs as much.
Each gives the rows that a full one gives. Refuses while catalog.problems has rows for the experiment.
*/
CREATE OR ALTER PROCEDURE marts.refresh_experiment
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @now datetime2(6) = SYSUTCDATETIME();
DECLARE @message varchar(1200);
DECLARE @unit_hash bigint;
DECLARE @aggregate_hash bigint;
DECLARE @known_unit_hash bigint;
DECLARE @known_aggregate_hash bigint;
DECLARE @cluster_attribute varchar(128);
DECLARE @watermark_at datetime2(6);
DECLARE @load_count bigint;
DECLARE @unit_count bigint;
DECLARE @changed_count bigint;
DECLARE @changed_only int = 0;
DECLARE @kind varchar(16) = 'full';
IF NOT EXISTS (SELECT 1 FROM catalog.experiments AS x WHERE x.experiment_id = @experiment_id)
BEGIN
    SET @message = CONCAT('Experiment ''', @experiment_id, ''' is not in catalog.experiments.');
    THROW 50020, @message, 1;
END;
SELECT TOP (1) @message = p.problem
FROM catalog.problems AS p
WHERE p.experiment_id = @experiment_id
ORDER BY p.problem;
IF @message IS NOT NULL
    THROW 50021, @message, 1;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    SELECT
        @unit_hash = h.unit_hash,
        @aggregate_hash = h.aggregate_hash
    FROM catalog.experiment_hashes AS h
    WHERE h.experiment_id = @experiment_id;
    SELECT
        @known_unit_hash = r.unit_hash,
        @known_aggregate_hash = r.aggregate_hash
    FROM marts.experiment_refreshes AS r
    WHERE r.experiment_id = @experiment_id;
    SELECT @cluster_attribute = x.cluster_attribute
    FROM catalog.experiments AS x
    WHERE x.experiment_id = @experiment_id;
    SELECT @watermark_at = w.watermark_at FROM ops.data_watermark AS w;

    SELECT
        c.load_id,
        c.staged_at
    INTO #loads
    FROM marts.changed_loads(@experiment_id) AS c;
    SELECT @load_count = COUNT_BIG(*) FROM #loads AS l;

    IF @known_unit_hash = @unit_hash AND @load_count = 0
        SET @kind = CASE WHEN @known_aggregate_hash = @aggregate_hash THEN 'none' ELSE 'aggregates' END;
    IF @known_unit_hash = @unit_hash AND @load_count > 0 AND @cluster_attribute IS NULL
    BEGIN
        EXEC marts.load_refresh_units @experiment_id = @experiment_id;
        SELECT @changed_count = COUNT_BIG(*) FROM marts.refresh_units AS u WHERE u.experiment_id = @experiment_id;
        SELECT @unit_count = COUNT_BIG(*)
        FROM marts.int_experiment_exposure_validation AS v
        WHERE v.experiment_id = @experiment_id;
        SET @kind = CASE
            WHEN @changed_count = 0 THEN 'aggregates'
            WHEN @changed_count * 4 > @unit_count THEN 'full'
            ELSE 'incremental'
        END;
    END;

    IF @kind <> 'full'
        SET @changed_only = 1;
    IF @kind <> 'none'
    BEGIN
        EXEC marts.load_event_attributes;
        EXEC marts.load_filter_events;
    END;
    IF @kind IN ('full', 'incremental')
    BEGIN
        EXEC marts.load_int_experiment_exposure_validation
            @experiment_id = @experiment_id, @changed_only = @changed_only;
        EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = @experiment_id;
        EXEC marts.load_fct_experiment_cohort @experiment_id = @experiment_id, @changed_only = @changed_only;
        EXEC marts.load_experiment_unit_dimensions @experiment_id = @experiment_id, @changed_only = @changed_only;
    END;
    IF @kind <> 'none'
    BEGIN
        EXEC marts.load_experiment_measures @experiment_id = @experiment_id, @changed_only = @changed_only;
        EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = @experiment_id;
        EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = @experiment_id;
        EXEC marts.load_agg_experiment_metric_ranks @experiment_id = @experiment_id;
        EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = @experiment_id;
        EXEC marts.load_agg_experiment_metric_daily @experiment_id = @experiment_id;
        EXEC marts.load_agg_experiment_metric_tenure @experiment_id = @experiment_id;
        EXEC marts.load_agg_experiment_metric_covariates @experiment_id = @experiment_id;
    END;

    DELETE FROM marts.refresh_units
    WHERE experiment_id = @experiment_id;
    DELETE k
    FROM marts.experiment_loads AS k
    INNER JOIN #loads AS l
        ON l.load_id = k.load_id
    WHERE k.experiment_id = @experiment_id;
    INSERT INTO marts.experiment_loads (experiment_id, load_id, staged_at)
    SELECT
        @experiment_id AS experiment_id,
        l.load_id,
        l.staged_at
    FROM #loads AS l;
    DELETE FROM marts.experiment_refreshes
    WHERE experiment_id = @experiment_id;
    INSERT INTO marts.experiment_refreshes
    (
        experiment_id, unit_hash, aggregate_hash, refresh_kind, changed_load_count, changed_unit_count, watermark_at,
        refreshed_at
    )
    VALUES
    (
        @experiment_id, @unit_hash, @aggregate_hash, @kind, @load_count,
        CASE WHEN @kind = 'full' THEN NULL ELSE COALESCE(@changed_count, 0) END, @watermark_at, @now
    );
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO

/*
Brings everything of one experiment in the marts up to date. What it does, it says in
marts.experiment_refreshes.refresh_kind:
  none         nothing: no load was staged since the last refresh, and the definition is the same;
  aggregates   no unit of the experiment is touched, but time went on or what the aggregates depend on has changed;
  incremental  the rows of the units that new loads touch are made again, all others kept, then the aggregates;
  full         everything is built anew: the first time, after marts.forget_refresh, after a change of what units
               depend on (catalog.experiment_hashes), where clusters are randomised and loads came, or where more than
               a quarter of the units are touched, which costs as much.
Each gives the rows that a full one gives. All but a full one are one transaction: readers see the old rows or the new
ones. A full one commits step by step, and marts.experiment_refreshes has no row of the experiment until it is through:
one that is cut off begins again, and nobody takes half of it for the whole. Refuses while catalog.problems has rows for
the experiment.
*/
CREATE OR ALTER PROCEDURE marts.refresh_experiment
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @message varchar(1200);
DECLARE @unit_hash bigint;
DECLARE @aggregate_hash bigint;
DECLARE @known_unit_hash bigint;
DECLARE @known_aggregate_hash bigint;
DECLARE @cluster_attribute varchar(128);
DECLARE @watermark_at datetime2(6);
DECLARE @load_count bigint;
DECLARE @unit_count bigint;
DECLARE @changed_count bigint = 0;
DECLARE @loads_only int = 1;
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
SELECT @load_count = COUNT_BIG(*) FROM marts.changed_loads(@experiment_id) AS c;
IF @known_unit_hash = @unit_hash AND @load_count > 0 AND @cluster_attribute IS NULL
    SET @loads_only = 0;
EXEC marts.load_refresh_units @experiment_id = @experiment_id, @loads_only = @loads_only;
IF @known_unit_hash = @unit_hash AND @load_count = 0
    SET @kind = CASE WHEN @known_aggregate_hash = @aggregate_hash THEN 'none' ELSE 'aggregates' END;
IF @loads_only = 0
BEGIN
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
IF @kind = 'full'
BEGIN
    SET @changed_count = NULL;
    EXEC marts.forget_refresh @experiment_id = @experiment_id;
    EXEC marts.load_event_attributes;
    EXEC marts.load_filter_events;
    EXEC marts.load_int_experiment_exposure_validation @experiment_id = @experiment_id;
    EXEC marts.load_fct_experiment_exposure_quality_daily @experiment_id = @experiment_id;
    EXEC marts.load_fct_experiment_cohort @experiment_id = @experiment_id;
    EXEC marts.load_experiment_unit_dimensions @experiment_id = @experiment_id;
    EXEC marts.load_experiment_measures @experiment_id = @experiment_id;
    EXEC marts.load_metric_aggregates @experiment_id = @experiment_id;
    EXEC marts.record_refresh
        @experiment_id = @experiment_id, @refresh_kind = @kind, @unit_hash = @unit_hash,
        @aggregate_hash = @aggregate_hash, @changed_load_count = @load_count, @changed_unit_count = @changed_count,
        @watermark_at = @watermark_at;
END;
ELSE
    EXEC marts.refresh_changed
        @experiment_id = @experiment_id, @refresh_kind = @kind, @unit_hash = @unit_hash,
        @aggregate_hash = @aggregate_hash, @changed_load_count = @load_count, @changed_unit_count = @changed_count,
        @watermark_at = @watermark_at;
GO

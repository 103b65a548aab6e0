/*
Rebuilds one experiment's rows of marts.fct_experiment_cohort. Grain: experiment x unit that was assigned within
[start_at, end_at). is_itt: the unit counts by its assignment, from assigned_at; is_exposed: it has a valid exposure and
counts from the first one. A unit with an exclusion_reason counts in neither mode: 'multi_variation' where the
experiment excludes units that saw several variations. weight_epoch is the epoch of catalog.weight_epochs in which the
unit was assigned; a later change of weights does not move it. unit_number and arm_number (marts.experiment_arms) are by
what the experiment's marts name the unit and its variation and epoch: from 1, in no order. With @changed_only = 1 the
rows of the units in marts.refresh_units are made again and all others kept; units and arms keep their numbers. Else all
are numbered anew, and what names units by the old numbers goes with them, for the procedures that come next to make.
Where the experiment randomises clusters, marts.experiment_members gets the units whose latest value of
cluster_attribute is a cluster of the cohort.
*/
CREATE OR ALTER PROCEDURE marts.load_fct_experiment_cohort
    @experiment_id varchar(128),
    @changed_only int = 0
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @start_at datetime2(6);
DECLARE @end_at datetime2(6);
DECLARE @last_unit int = 0;
DECLARE @last_arm int = 0;
DECLARE @message varchar(400);
SELECT
    @start_at = x.start_at,
    @end_at = COALESCE(x.end_at, CAST('9999-12-31' AS datetime2(6)))
FROM catalog.experiments AS x
WHERE x.experiment_id = @experiment_id;
IF @start_at IS NULL
BEGIN
    SET @message = CONCAT('Experiment ''', @experiment_id, ''' is not in catalog.experiments.');
    THROW 50020, @message, 1;
END;
IF @changed_only = 1
BEGIN
    SELECT @last_unit = COALESCE(MAX(c.unit_number), 0)
    FROM marts.fct_experiment_cohort AS c
    WHERE c.experiment_id = @experiment_id;
    SELECT @last_arm = COALESCE(MAX(a.arm_number), 0)
    FROM marts.experiment_arms AS a
    WHERE a.experiment_id = @experiment_id;
END;

SELECT
    w.weight_epoch,
    MAX(w.epoch_start_at) AS epoch_start_at,
    MAX(COALESCE(w.epoch_end_at, CAST('9999-12-31' AS datetime2(6)))) AS epoch_end_at
INTO #epochs
FROM catalog.weight_epochs AS w
WHERE w.experiment_id = @experiment_id
GROUP BY w.weight_epoch;

SELECT
    COALESCE(k.arm_number, @last_arm + CAST(ROW_NUMBER() OVER (ORDER BY v.variation_id, e.weight_epoch) AS int))
        AS arm_number,
    v.variation_id,
    e.weight_epoch
INTO #arms
FROM
(
    SELECT v.variation_id
    FROM marts.int_experiment_exposure_validation AS v
    WHERE v.experiment_id = @experiment_id AND v.variation_id IS NOT NULL
    GROUP BY v.variation_id
) AS v
CROSS JOIN
(
    SELECT e.weight_epoch
    FROM #epochs AS e
    UNION
    SELECT 1 AS weight_epoch
) AS e
LEFT JOIN marts.experiment_arms AS k
    ON k.experiment_id = @experiment_id
    AND k.variation_id = v.variation_id
    AND k.weight_epoch = e.weight_epoch
    AND @changed_only = 1;

WITH judged AS
(
    SELECT
        v.unit_id,
        v.variation_id,
        v.is_valid_exposure,
        v.assigned_at,
        v.first_valid_exposed_at,
        COALESCE(e.weight_epoch, 1) AS weight_epoch,
        CASE
            WHEN x.exclude_multi_variation = 1 AND v.multi_variation_exposure = 1 THEN 'multi_variation'
        END AS exclusion_reason
    FROM marts.int_experiment_exposure_validation AS v
    INNER JOIN catalog.experiments AS x
        ON x.experiment_id = v.experiment_id
    LEFT JOIN #epochs AS e
        ON v.assigned_at >= e.epoch_start_at AND v.assigned_at < e.epoch_end_at
    WHERE v.experiment_id = @experiment_id
        AND v.assigned_at >= @start_at
        AND v.assigned_at < @end_at
        AND
        (
            @changed_only = 0
            OR v.unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
        )
)
SELECT
    j.unit_id,
    COALESCE(r.unit_number, @last_unit + CAST(ROW_NUMBER() OVER (ORDER BY j.unit_id) AS int)) AS unit_number,
    j.variation_id,
    j.weight_epoch,
    a.arm_number,
    CASE WHEN j.exclusion_reason IS NULL THEN 1 ELSE 0 END AS is_itt,
    CASE WHEN j.exclusion_reason IS NULL AND j.is_valid_exposure = 1 THEN 1 ELSE 0 END AS is_exposed,
    j.exclusion_reason,
    j.assigned_at AS itt_anchor_at,
    j.first_valid_exposed_at AS exposed_anchor_at
INTO #cohort
FROM judged AS j
INNER JOIN #arms AS a
    ON a.variation_id = j.variation_id AND a.weight_epoch = j.weight_epoch
LEFT JOIN marts.refresh_units AS r
    ON r.experiment_id = @experiment_id AND r.unit_id = j.unit_id AND @changed_only = 1;

/* Only what changes the marts is in the transaction: what it is made from is ready. */
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    DELETE FROM marts.fct_experiment_cohort
    WHERE experiment_id = @experiment_id
        AND
        (
            @changed_only = 0
            OR unit_id IN (SELECT r.unit_id FROM marts.refresh_units AS r WHERE r.experiment_id = @experiment_id)
        );
    DELETE FROM marts.experiment_arms
    WHERE experiment_id = @experiment_id;

    INSERT INTO marts.experiment_arms (experiment_id, arm_number, variation_id, weight_epoch)
    SELECT
        @experiment_id AS experiment_id,
        a.arm_number,
        a.variation_id,
        a.weight_epoch
    FROM #arms AS a;

    INSERT INTO marts.fct_experiment_cohort
    (
        experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed,
        exclusion_reason, itt_anchor_at, exposed_anchor_at
    )
    SELECT
        @experiment_id AS experiment_id,
        c.unit_id,
        c.unit_number,
        c.variation_id,
        c.weight_epoch,
        c.arm_number,
        c.is_itt,
        c.is_exposed,
        c.exclusion_reason,
        c.itt_anchor_at,
        c.exposed_anchor_at
    FROM #cohort AS c;

    IF @changed_only = 0
    BEGIN
        DELETE FROM marts.experiment_unit_dimensions
        WHERE experiment_id = @experiment_id;
        DELETE FROM marts.experiment_measure_units
        WHERE experiment_id = @experiment_id;
        DELETE FROM marts.experiment_measure_values
        WHERE experiment_id = @experiment_id;
        DELETE FROM marts.experiment_members
        WHERE experiment_id = @experiment_id;
        INSERT INTO marts.experiment_members (experiment_id, unit_number, member_number, unit_id)
        SELECT
            @experiment_id AS experiment_id,
            c.unit_number,
            CAST(ROW_NUMBER() OVER (ORDER BY g.unit_id) AS int) AS member_number,
            g.unit_id
        FROM marts.unit_groups(@experiment_id) AS g
        INNER JOIN catalog.experiments AS x
            ON x.experiment_id = @experiment_id
        INNER JOIN #cohort AS c
            ON c.unit_id = g.group_id
        WHERE x.cluster_attribute IS NOT NULL;
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

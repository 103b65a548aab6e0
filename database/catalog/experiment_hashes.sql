/*
One row an experiment, with the first 7 bytes of SHA-256 over its definition. unit_hash: all that the rows
of its units in the marts depend on: its dates, modes, trigger, exclusions and clusters, the events, filters and windows
of its metrics, the times its weights changed, its dimensions, the source whose users hashing assigns, and the
thresholds of the sources. aggregate_hash: that and what only the aggregates depend on: metrics, types, thresholds,
caps, eligibility, quantiles and methods, and the blocks of a switchback.
*/
CREATE OR ALTER VIEW catalog.experiment_hashes
AS
WITH lines AS
(
    SELECT
        x.experiment_id,
        CONCAT
        (
            'experiment ', DATEDIFF_BIG(microsecond, CAST('0001-01-01' AS datetime2(6)), x.start_at), ' ',
            DATEDIFF_BIG(microsecond, CAST('0001-01-01' AS datetime2(6)), x.end_at), ' ', x.computed_modes, ' ',
            CAST(x.exclude_multi_variation AS int), ' ', x.trigger_event, ' ', x.cluster_attribute
        ) AS line,
        1 AS is_unit_line
    FROM catalog.experiments AS x
    UNION
    SELECT
        m.experiment_id,
        CONCAT
        (
            'measure ', p.event_name, ' ', p.window_start_seconds, ' ', p.window_end_seconds, ' ',
            p.distinct_attribute, ' ', p.aggregation, ' ',
            CASE WHEN p.metric_type = 'quantile' AND p.part_name = 'y' THEN 'values ' END, o.filter_text
        ) AS line,
        1 AS is_unit_line
    FROM catalog.experiment_metrics AS m
    INNER JOIN catalog.metric_parts AS p
        ON p.metric_id = m.metric_id AND p.metric_version = m.metric_version
    LEFT JOIN catalog.filter_owners AS o
        ON o.metric_id = p.filter_metric_id AND o.metric_version = p.filter_metric_version
    UNION
    SELECT
        m.experiment_id,
        CONCAT
        (
            'part ', m.metric_id, ' ', m.metric_version, ' ', m.test_method, ' ', p.part_name, ' ', p.metric_type, ' ',
            p.event_name, ' ', p.window_start_seconds, ' ', p.window_end_seconds, ' ', p.mature_seconds, ' ',
            p.aggregation, ' ', TRY_CAST(p.threshold AS decimal(28, 9)), ' ',
            TRY_CAST(p.eligibility_hours AS decimal(28, 9)), ' ', TRY_CAST(p.cap_lower AS decimal(28, 9)), ' ',
            TRY_CAST(p.cap_upper AS decimal(28, 9)), ' ', TRY_CAST(p.winsor_lower AS decimal(28, 9)), ' ',
            TRY_CAST(p.winsor_upper AS decimal(28, 9)), ' ', CAST(p.winsor_nonzero AS int), ' ',
            TRY_CAST(d.quantile_fraction AS decimal(28, 9)), ' ', o.filter_text
        ) AS line,
        0 AS is_unit_line
    FROM catalog.experiment_metrics AS m
    INNER JOIN catalog.metric_definitions AS d
        ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
    INNER JOIN catalog.metric_parts AS p
        ON p.metric_id = m.metric_id AND p.metric_version = m.metric_version
    LEFT JOIN catalog.filter_owners AS o
        ON o.metric_id = p.filter_metric_id AND o.metric_version = p.filter_metric_version
    UNION
    SELECT
        k.experiment_id,
        CONCAT('covariate ', k.metric_id, ' ', k.covariate_metric_id) AS line,
        0 AS is_unit_line
    FROM catalog.experiment_metric_covariates AS k
    UNION
    SELECT
        x.experiment_id,
        CONCAT('regions ', x.region_attribute, ' ', TRY_CAST(x.burn_in_hours AS decimal(28, 9))) AS line,
        0 AS is_unit_line
    FROM catalog.experiments AS x
    WHERE x.region_attribute IS NOT NULL
    UNION
    SELECT
        b.experiment_id,
        CONCAT
        (
            'block ', b.region, ' ', DATEDIFF_BIG(microsecond, CAST('0001-01-01' AS datetime2(6)), b.block_start_at),
            ' ', DATEDIFF_BIG(microsecond, CAST('0001-01-01' AS datetime2(6)), b.block_end_at), ' ', b.stratum, ' ',
            b.variation_id
        ) AS line,
        0 AS is_unit_line
    FROM catalog.experiment_blocks AS b
    UNION
    SELECT
        w.experiment_id,
        CONCAT
        (
            'epoch ', w.weight_epoch, ' ',
            DATEDIFF_BIG(microsecond, CAST('0001-01-01' AS datetime2(6)), w.epoch_start_at)
        ) AS line,
        1 AS is_unit_line
    FROM catalog.weight_epochs AS w
    UNION
    SELECT
        d.experiment_id,
        CONCAT('dimension ', d.dimension_id, ' ', a.attribute) AS line,
        1 AS is_unit_line
    FROM catalog.experiment_dimensions AS d
    INNER JOIN catalog.dimensions AS a
        ON a.dimension_id = d.dimension_id
    UNION
    SELECT
        h.experiment_id,
        CONCAT('assigned by hash ', h.source) AS line,
        1 AS is_unit_line
    FROM catalog.hash_assignments AS h
    UNION
    SELECT
        x.experiment_id,
        CONCAT('setting ', s.source, ' ', s.setting_name, ' ', TRY_CAST(s.setting_value AS decimal(28, 9))) AS line,
        1 AS is_unit_line
    FROM catalog.experiments AS x
    CROSS JOIN catalog.source_settings AS s
)
SELECT
    l.experiment_id,
    CAST
    (
        SUBSTRING
        (
            HASHBYTES
            (
                'SHA2_256',
                STRING_AGG(CAST(CASE WHEN l.is_unit_line = 1 THEN l.line END AS varchar(max)), '|')
                    WITHIN GROUP (ORDER BY l.line)
            ), 1, 7
        ) AS bigint
    ) AS unit_hash,
    CAST
    (
        SUBSTRING
        (
            HASHBYTES('SHA2_256', STRING_AGG(CAST(l.line AS varchar(max)), '|') WITHIN GROUP (ORDER BY l.line)), 1, 7
        ) AS bigint
    ) AS aggregate_hash
FROM lines AS l
GROUP BY l.experiment_id;
GO

using System.Globalization;
using Experiments.LocalSql.Native;

namespace Experiments.Benchmarks;

/// <summary>
/// One experiment of many units and five events a unit: ten event names, twenty metrics (for each event a proportion and a
/// mean of sums), fourteen days of assignment, seven-day windows, mode itt. Both sides start from the same staged tables
/// and compute the same; the one by hand as somebody would write it for this experiment alone: it names units by their
/// text, and keeps no column that is the same in all rows.
/// </summary>
internal static class MetricsCost
{
    /// <summary>The catalog of the experiment, in T-SQL.</summary>
    internal static string Catalog()
    {
        var definitions = Enumerable.Range(0, 10).SelectMany(static i => new[]
        {
            $"('did_{i}', 1, 'proportion', 'event_{i}', 'count', 1e0, 0e0, 168e0, 'complete', 'increase', CAST('2026-01-01' AS datetime2(6)))",
            $"('sum_{i}', 1, 'mean', 'event_{i}', 'sum', NULL, 0e0, 168e0, 'complete', 'increase', CAST('2026-01-01' AS datetime2(6)))",
        });
        var uses = Enumerable.Range(0, 10).SelectMany(static i => new[]
        {
            $"('big', 'did_{i}', 1, '{(i == 0 ? "primary" : "secondary")}')",
            $"('big', 'sum_{i}', 1, 'secondary')",
        });
        return $"""
            INSERT INTO catalog.experiments (experiment_id, policy_id, policy_version, experiment_name, unit_type, analysis_mode,
                computed_modes, start_at, end_at)
            SELECT 'big', p.policy_id, p.policy_version, 'Many units', 'user', 'itt', 'itt',
                CAST('2026-01-01' AS datetime2(6)), CAST('2026-01-22' AS datetime2(6))
            FROM catalog.decision_policies AS p
            WHERE p.policy_id = 'default';
            INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
            VALUES ('big', 'control', 1, 0.5e0), ('big', 'treatment', 0, 0.5e0);
            INSERT INTO catalog.metric_definitions (metric_id, metric_version, metric_type, event_name, aggregation, threshold,
                window_start_hours, window_end_hours, maturity, direction, valid_from)
            VALUES {string.Join(", ", definitions)};
            INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
            VALUES {string.Join(", ", uses)};
            """;
    }

    /// <summary>Fills the staged tables, without files: what is measured begins after staging.</summary>
    internal static void Stage(string database, long units)
    {
        using var duck = DuckDatabase.Open(database, new Dictionary<string, string>());
        using var connection = duck.Connect();
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO ops.load_log (load_id, source, file_name, file_sha256, mapping_sha256, mapping, byte_count, line_count,
                landed_count, rejected_count, started_at, ended_at, staged_at, status)
            VALUES (1, 'events', 'made', 'made', 'made', '', 0, 0, 0, 0, TIMESTAMP '2026-02-01', TIMESTAMP '2026-02-01',
                TIMESTAMP '2026-02-01', 'finished');
            INSERT INTO staging.stg_experiment_assignments (experiment_id, unit_id, variation_id, load_id, line_number,
                min_variation_id, max_variation_id, assignment_count, is_conflict, assigned_at)
            SELECT 'big', 'unit_' || lpad(CAST(i AS VARCHAR), 9, '0'), v, 1, i, v, v, 1, false,
                TIMESTAMP '2026-01-01' + to_microseconds(CAST(hash(i) % 1209600000000 AS BIGINT))
            FROM (SELECT i, CASE WHEN hash(i, 1) % 2 = 0 THEN 'control' ELSE 'treatment' END AS v FROM range({units}) AS r (i));
            INSERT INTO staging.stg_experiment_exposures (event_id, experiment_id, unit_id, variation_id, load_id, line_number,
                exposed_at)
            SELECT 'x' || CAST(line_number AS VARCHAR), experiment_id, unit_id, variation_id, 1, line_number,
                assigned_at + to_seconds(CAST(hash(line_number, 2) % 3600 AS BIGINT))
            FROM staging.stg_experiment_assignments;
            INSERT INTO staging.stg_conversion_events (event_id, unit_id, load_id, line_number, event_name, attributes,
                event_value, event_at)
            SELECT 'e' || CAST(i AS VARCHAR), 'unit_' || lpad(CAST(i % {units} AS VARCHAR), 9, '0'), 1, i,
                'event_' || CAST(hash(i, 3) % 10 AS VARCHAR), NULL, CAST(hash(i, 4) % 10000 AS DOUBLE) / 100,
                TIMESTAMP '2026-01-01' + to_microseconds(CAST(hash(i % {units}) % 1209600000000 AS BIGINT))
                    + to_seconds(CAST(hash(i, 5) % 691200 AS BIGINT))
            FROM range({units} * 5) AS r (i);
            CHECKPOINT;
            """));
    }

    /// <summary>The same tables with the same columns, by hand, in a schema of their own.</summary>
    internal static void ByHand(string database, string? memoryLimit)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        if (memoryLimit is not null)
        {
            settings["memory_limit"] = memoryLimit;
        }

        using var duck = DuckDatabase.Open(database, settings);
        using var connection = duck.Connect();
        connection.Execute("SET TimeZone = 'UTC'");
        connection.Execute(Hand);
    }

    private const string Hand = """
        CREATE SCHEMA byhand;
        CREATE TABLE byhand.validation AS
            SELECT 'big' AS experiment_id, coalesce(a.unit_id, e.unit_id) AS unit_id, any_value(a.variation_id) AS variation_id,
                count(e.unit_id) AS exposure_count, coalesce(bool_or(e.exposed_at < a.assigned_at), false) AS pre_assignment_exposure,
                coalesce(bool_or(e.variation_id <> a.variation_id), false) AS variant_mismatch,
                coalesce(min(e.variation_id) <> max(e.variation_id), false) AS multi_variation_exposure,
                coalesce(bool_or(e.exposed_at < TIMESTAMP '2026-01-01' OR e.exposed_at >= TIMESTAMP '2026-01-22'), false) AS exposure_outside_window,
                coalesce(bool_or(e.unit_id IS NOT NULL AND a.unit_id IS NULL), false) AS unassigned_exposure,
                coalesce(bool_or(e.exposed_at >= a.assigned_at AND e.variation_id = a.variation_id
                    AND e.exposed_at >= TIMESTAMP '2026-01-01' AND e.exposed_at < TIMESTAMP '2026-01-22'), false) AS is_valid_exposure,
                any_value(a.assigned_at) AS assigned_at, min(e.exposed_at) AS first_exposed_at, max(e.exposed_at) AS last_exposed_at,
                min(e.exposed_at) FILTER (e.exposed_at >= a.assigned_at AND e.variation_id = a.variation_id
                    AND e.exposed_at >= TIMESTAMP '2026-01-01' AND e.exposed_at < TIMESTAMP '2026-01-22') AS first_valid_exposed_at
            FROM (SELECT * FROM staging.stg_experiment_assignments WHERE experiment_id = 'big') AS a
            FULL JOIN (SELECT * FROM staging.stg_experiment_exposures WHERE experiment_id = 'big') AS e ON e.unit_id = a.unit_id
            GROUP BY coalesce(a.unit_id, e.unit_id);
        CREATE TABLE byhand.quality_daily AS
            WITH x AS
            (
                SELECT CAST(e.exposed_at AS DATE) AS d, e.unit_id, count(*) AS events, bool_or(e.exposed_at < v.assigned_at) AS early,
                    bool_or(e.variation_id <> v.variation_id) AS mismatch, bool_or(v.multi_variation_exposure) AS multi,
                    bool_or(e.exposed_at < TIMESTAMP '2026-01-01' OR e.exposed_at >= TIMESTAMP '2026-01-22') AS outside,
                    bool_or(v.assigned_at IS NULL) AS unassigned
                FROM staging.stg_experiment_exposures AS e JOIN byhand.validation AS v ON v.unit_id = e.unit_id
                WHERE e.experiment_id = 'big' GROUP BY ALL
            ),
            y AS
            (
                SELECT d, count(*) AS units, sum(events) AS events, count_if(early) AS early, count_if(mismatch) AS mismatch,
                    count_if(multi) AS multi, count_if(outside) AS outside, count_if(unassigned) AS unassigned FROM x GROUP BY d
            ),
            z AS (SELECT CAST(assigned_at AS DATE) AS d, count(*) AS assigned FROM byhand.validation WHERE assigned_at IS NOT NULL GROUP BY ALL)
            SELECT 'big' AS experiment_id, coalesce(y.d, z.d) AS quality_date, coalesce(z.assigned, 0) AS assigned_unit_count,
                coalesce(y.units, 0) AS exposed_unit_count, coalesce(y.events, 0) AS exposure_event_count, y.early, y.mismatch, y.multi,
                y.outside, y.unassigned, y.units / z.assigned AS exposure_rate
            FROM y FULL JOIN z ON z.d = y.d;
        CREATE TABLE byhand.cohort AS
            SELECT experiment_id, unit_id, variation_id, 1 AS weight_epoch, true AS is_itt, is_valid_exposure AS is_exposed,
                NULL::VARCHAR AS exclusion_reason, assigned_at AS itt_anchor_at, first_valid_exposed_at AS exposed_anchor_at
            FROM byhand.validation WHERE assigned_at >= TIMESTAMP '2026-01-01' AND assigned_at < TIMESTAMP '2026-01-22';
        CREATE TABLE byhand.measure_units AS
            SELECT CAST(right(e.event_name, 1) AS INTEGER) + 1 AS measure_number, e.unit_id,
                any_value(c.variation_id) AS variation_id, count(*) AS event_count, count(e.event_value) AS value_count,
                sum(e.event_value) AS sum_value, min(e.event_value) AS min_value, max(e.event_value) AS max_value,
                any_value(c.itt_anchor_at) AS anchor_at, min(e.event_at) AS first_at
            FROM staging.stg_conversion_events AS e JOIN byhand.cohort AS c ON c.unit_id = e.unit_id
            WHERE e.event_at >= c.itt_anchor_at AND e.event_at < c.itt_anchor_at + INTERVAL 7 DAY
            GROUP BY e.event_name, e.unit_id;
        CREATE TABLE byhand.daily AS
            WITH w AS (SELECT greatest((SELECT max(event_at) FROM staging.stg_conversion_events),
                (SELECT max(exposed_at) FROM staging.stg_experiment_exposures),
                (SELECT max(assigned_at) FROM staging.stg_experiment_assignments)) AS at),
            n AS
            (
                SELECT variation_id, CAST(itt_anchor_at + INTERVAL 7 DAY AS DATE) AS d, count(*) AS n FROM byhand.cohort, w
                WHERE itt_anchor_at + INTERVAL 7 DAY <= w.at GROUP BY ALL
            ),
            s AS
            (
                SELECT m.measure_number, m.variation_id, CAST(m.anchor_at + INTERVAL 7 DAY AS DATE) AS d, count(*) AS k,
                    sum(coalesce(m.sum_value, 0)) AS y, sum(coalesce(m.sum_value, 0) * coalesce(m.sum_value, 0)) AS yy,
                    sum(coalesce(m.sum_value, 0) * coalesce(m.sum_value, 0) * coalesce(m.sum_value, 0)) AS yyy,
                    min(m.sum_value) AS low, max(m.sum_value) AS high
                FROM byhand.measure_units AS m, w WHERE m.anchor_at + INTERVAL 7 DAY <= w.at GROUP BY ALL
            )
            SELECT 'big' AS experiment_id, 'itt' AS analysis_mode, kind || '_' || (s.measure_number - 1) AS metric_id,
                1 AS metric_version, n.variation_id, 1 AS weight_epoch, n.d AS metric_date, n.n AS n_assigned, n.n AS n_units, s.k AS success_count,
                0.0 AS center_value, CASE kind WHEN 'did' THEN s.k ELSE s.y END AS sum_centered,
                CASE kind WHEN 'did' THEN s.k ELSE s.yy END AS sum_centered_sq,
                CASE kind WHEN 'did' THEN s.k ELSE s.yyy END AS sum_centered_cube, s.low AS min_value, s.high AS max_value
            FROM n LEFT JOIN s ON s.variation_id = n.variation_id AND s.d = n.d CROSS JOIN (VALUES ('did'), ('sum')) AS t (kind);
        CREATE TABLE byhand.by_variant AS
            SELECT experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, sum(n_assigned) AS n_assigned,
                sum(n_units) AS n_units, sum(success_count) AS success_count, any_value(center_value) AS center_value,
                sum(sum_centered) AS sum_centered, sum(sum_centered_sq) AS sum_centered_sq,
                sum(sum_centered_cube) AS sum_centered_cube, min(min_value) AS min_value, max(max_value) AS max_value,
                now() AS refreshed_at
            FROM byhand.daily GROUP BY ALL;
        CREATE TEMP TABLE tenure_days AS
            SELECT e.event_name, e.unit_id, CAST(floor(epoch_us(e.event_at) / 86400e6 - epoch_us(c.itt_anchor_at) / 86400e6) AS INTEGER) AS tenure_day,
                any_value(c.variation_id) AS variation_id, any_value(c.itt_anchor_at) AS anchor_at, count(*) AS n, sum(e.event_value) AS s
            FROM staging.stg_conversion_events AS e JOIN byhand.cohort AS c ON c.unit_id = e.unit_id
            WHERE e.event_at >= c.itt_anchor_at AND e.event_at < c.itt_anchor_at + INTERVAL 7 DAY GROUP BY ALL;
        CREATE TABLE byhand.tenure AS
            WITH w AS (SELECT max(event_at) AS at FROM staging.stg_conversion_events)
            SELECT t.event_name, t.variation_id, t.tenure_day, count(*) AS active_count, sum(t.s) AS y, sum(t.s * t.s) AS yy
            FROM tenure_days AS t, w WHERE t.anchor_at + to_days(t.tenure_day + 1) <= w.at GROUP BY ALL;
        CREATE TABLE byhand.novelty AS
            WITH w AS (SELECT max(event_at) AS at FROM staging.stg_conversion_events),
            z AS
            (
                SELECT t.event_name, t.unit_id, any_value(t.variation_id) AS variation_id, sum((t.tenure_day - 3) / 28.0) AS zn,
                    sum((t.tenure_day - 3) * t.s / 28.0) AS zs
                FROM tenure_days AS t, w WHERE t.anchor_at + INTERVAL 7 DAY <= w.at GROUP BY ALL
            )
            SELECT event_name, variation_id, sum(zn) AS zn, sum(zn * zn) AS znn, sum(zs) AS zs, sum(zs * zs) AS zss FROM z GROUP BY ALL;
        """;
}

using Experiments.LocalSql.Native;

namespace Experiments.Benchmarks;

/// <summary>
/// The same work as the platform's, from the same files into tables of the same columns, as somebody would write it in
/// DuckDB SQL for this one experiment: DuckDB's own readers, one statement a table, metrics by name.
/// </summary>
internal static class HandWritten
{
    private const string ParsedTime = """
        CASE WHEN regexp_full_match(t, '\d{10}') THEN make_timestamp(CAST(t AS BIGINT) * 1000000)
             WHEN regexp_full_match(t, '\d{13}') THEN make_timestamp(CAST(t AS BIGINT) * 1000)
             ELSE TRY_CAST(t AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END
        """;

    internal static void Run(string phase, string folder, string database)
    {
        using var duck = DuckDatabase.Open(database, new Dictionary<string, string>());
        using var connection = duck.Connect();
        connection.Execute("SET TimeZone = 'UTC'");
        connection.Execute(phase switch
        {
            "load" => Load(folder),
            "refresh" => Refresh,
            "analyze" => Analyze,
            _ => throw new ArgumentException("No such phase: " + phase),
        });
    }

    private static string Load(string folder) => $$"""
        CREATE TABLE raw_assignments AS
            SELECT row_number() OVER () + 1 AS line_number, * FROM read_csv('{{folder}}/assignments.csv',
                header = true, all_varchar = true, store_rejects = true, strict_mode = true);
        CREATE TABLE raw_exposures AS
            SELECT row_number() OVER () + 1 AS line_number, * FROM read_csv('{{folder}}/exposures.csv',
                header = true, all_varchar = true, store_rejects = true, rejects_table = 'r2', rejects_scan = 's2');
        CREATE TABLE raw_conversions AS
            SELECT row_number() OVER () AS line_number, * FROM read_json('{{folder}}/conversions.ndjson',
                format = 'newline_delimited', ignore_errors = true, columns = {event_id: 'VARCHAR', unit_id: 'VARCHAR',
                event_name: 'VARCHAR', event_at: 'VARCHAR', event_value: 'VARCHAR', attributes: 'VARCHAR'});
        """;

    private const string Refresh = $"""
        CREATE TABLE typed_assignments AS
            SELECT line_number, experiment_id, unit_id, variation_id, {ParsedTime} AS assigned_at
            FROM (SELECT *, nullif(trim(assigned_at), '') AS t FROM raw_assignments);
        CREATE TABLE stg_assignments AS
            SELECT unit_id, arg_min(variation_id, (assigned_at, line_number)) AS variation_id, min(assigned_at) AS assigned_at,
                count(*) AS assignment_count, min(variation_id) <> max(variation_id) AS is_conflict
            FROM typed_assignments
            WHERE nullif(trim(unit_id), '') IS NOT NULL AND nullif(trim(variation_id), '') IS NOT NULL AND assigned_at IS NOT NULL
            GROUP BY unit_id;
        CREATE TABLE stg_exposures AS
            SELECT event_id, arg_max(unit_id, line_number) AS unit_id, arg_max(variation_id, line_number) AS variation_id,
                max(exposed_at) AS exposed_at
            FROM (SELECT *, {ParsedTime} AS exposed_at FROM (SELECT *, nullif(trim(event_at), '') AS t FROM raw_exposures))
            WHERE exposed_at IS NOT NULL AND nullif(experiment_id, '') IS NOT NULL AND nullif(variation_id, '') IS NOT NULL
            GROUP BY event_id;
        CREATE TABLE typed_events AS
            SELECT line_number, event_id, unit_id, event_name, {ParsedTime} AS event_at,
                TRY_CAST(event_value AS DOUBLE) AS value, attributes, event_value
            FROM (SELECT *, nullif(trim(event_at), '') AS t FROM raw_conversions);
        CREATE TABLE stg_events AS
            SELECT line_number, event_id, unit_id, event_name, event_at, value, attributes FROM typed_events
            WHERE unit_id IS NOT NULL AND event_name IS NOT NULL AND event_at IS NOT NULL AND (event_value IS NULL OR value IS NOT NULL)
            QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY event_at DESC, line_number DESC) = 1;
        CREATE TABLE validation AS
            SELECT coalesce(a.unit_id, e.unit_id) AS unit_id, a.variation_id, a.assigned_at, count(e.unit_id) AS exposure_count,
                bool_or(e.exposed_at < a.assigned_at) AS early, bool_or(e.variation_id <> a.variation_id) AS mismatch,
                min(e.variation_id) <> max(e.variation_id) AS multi,
                bool_or(e.exposed_at < TIMESTAMP '2026-01-01' OR e.exposed_at >= TIMESTAMP '2026-01-29') AS outside,
                bool_or(a.unit_id IS NULL) AS unassigned,
                min(e.exposed_at) FILTER (e.exposed_at >= a.assigned_at AND e.variation_id = a.variation_id
                    AND e.exposed_at >= TIMESTAMP '2026-01-01' AND e.exposed_at < TIMESTAMP '2026-01-29') AS first_valid_at
            FROM stg_assignments AS a FULL JOIN stg_exposures AS e ON e.unit_id = a.unit_id GROUP BY ALL;
        CREATE TABLE cohort AS
            SELECT unit_id, variation_id, assigned_at AS itt_at, first_valid_at AS exposed_at FROM validation
            WHERE assigned_at >= TIMESTAMP '2026-01-01' AND assigned_at < TIMESTAMP '2026-01-29';
        CREATE TABLE anchors AS
            SELECT unit_id, variation_id, 'itt' AS mode, itt_at AS anchor_at FROM cohort
            UNION ALL SELECT unit_id, variation_id, 'exposed', exposed_at FROM cohort WHERE exposed_at IS NOT NULL;
        CREATE TABLE measures AS
            SELECT a.mode, e.event_name, a.unit_id, count(*) AS n, sum(e.value) AS s, count(e.value) AS k, min(e.event_at) AS first_at
            FROM stg_events AS e JOIN anchors AS a ON a.unit_id = e.unit_id
            WHERE e.event_name IN ('purchase', 'page_load', 'session_ok')
                AND e.event_at >= a.anchor_at AND e.event_at < a.anchor_at + INTERVAL 7 DAY
            GROUP BY ALL;
        CREATE TABLE results AS
            SELECT a.mode, a.variation_id, count(*) AS n,
                sum(CASE WHEN p.n >= 1 THEN 1 ELSE 0 END) AS conversions, avg(coalesce(p.s, 0)) AS revenue, var_samp(coalesce(p.s, 0)) AS revenue_var,
                avg(l.s / l.k) AS page_load, var_samp(l.s / l.k) AS page_load_var, sum(CASE WHEN o.n >= 1 THEN 1 ELSE 0 END) AS session_ok
            FROM anchors AS a
            LEFT JOIN measures AS p ON p.unit_id = a.unit_id AND p.mode = a.mode AND p.event_name = 'purchase'
            LEFT JOIN measures AS l ON l.unit_id = a.unit_id AND l.mode = a.mode AND l.event_name = 'page_load'
            LEFT JOIN measures AS o ON o.unit_id = a.unit_id AND o.mode = a.mode AND o.event_name = 'session_ok'
            GROUP BY ALL;
        """;

    private const string Analyze = "CREATE TABLE decisions AS SELECT * FROM results;";
}

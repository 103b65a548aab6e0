using System.Diagnostics;
using System.Globalization;
using Experiments.LocalSql;
using Experiments.Sources;

namespace Experiments.Runner.Tests;

/// <summary>
/// A command that is killed (SIGKILL) and started again leaves the rows of an undisturbed run: keys, counts, flags, times
/// and decimals equal, floats within 1e-12 relative. Ids of loads and runs and clock columns are left out.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const double Tolerance = 1e-12;

    /// <summary>What is compared: every row that the commands write, in the order of its key.</summary>
    private static readonly string[] Queries =
    [
        "SELECT l.source, a.line_number, a.experiment_id, a.unit_id, a.variation_id, a.assigned_at, a.reject_rule FROM raw.assignments AS a INNER JOIN ops.load_log AS l ON l.load_id = a.load_id ORDER BY l.file_name, a.line_number",
        "SELECT l.file_name, e.line_number, e.event_id, e.unit_id, e.event_name, e.event_at, e.event_value, e.experiment_id, e.variation_id, e.attributes FROM raw.events AS e INNER JOIN ops.load_log AS l ON l.load_id = e.load_id ORDER BY l.file_name, e.line_number",
        "SELECT l.file_name, r.line_number, r.rule_name, r.raw_line FROM raw.rejected_lines AS r INNER JOIN ops.load_log AS l ON l.load_id = r.load_id ORDER BY l.file_name, r.line_number",
        "SELECT l.source, l.file_name, l.file_sha256, l.mapping, l.line_count, l.landed_count, l.rejected_count, l.status FROM ops.load_log AS l ORDER BY l.file_name",
        "SELECT a.experiment_id, a.unit_id, a.variation_id, a.line_number, a.assignment_count, a.is_conflict, a.assigned_at FROM staging.stg_experiment_assignments AS a ORDER BY a.experiment_id, a.unit_id",
        "SELECT e.event_id, e.experiment_id, e.unit_id, e.variation_id, e.line_number, e.exposed_at FROM staging.stg_experiment_exposures AS e ORDER BY e.event_id",
        "SELECT e.event_id, e.unit_id, e.line_number, e.event_name, e.attributes, e.event_value, e.event_at FROM staging.stg_conversion_events AS e ORDER BY e.event_id",
        "SELECT l.file_name, q.line_number, q.rule_name, q.column_name, q.raw_value FROM staging.quarantine AS q INNER JOIN ops.load_log AS l ON l.load_id = q.load_id ORDER BY l.file_name, q.line_number",
        "SELECT l.file_name, d.line_number, d.rule_name, d.key_value, d.variation_id, d.kept_line_number FROM staging.duplicates AS d INNER JOIN ops.load_log AS l ON l.load_id = d.load_id ORDER BY l.file_name, d.line_number",
        "SELECT * FROM marts.int_experiment_exposure_validation AS v ORDER BY v.experiment_id, v.unit_id",
        "SELECT * FROM marts.fct_experiment_exposure_quality_daily AS q ORDER BY q.experiment_id, q.quality_date",
        "SELECT c.experiment_id, c.unit_id, c.variation_id, c.weight_epoch, a.variation_id AS arm_variation_id, a.weight_epoch AS arm_epoch, c.is_itt, c.is_exposed, c.exclusion_reason, c.itt_anchor_at, c.exposed_anchor_at FROM marts.fct_experiment_cohort AS c LEFT JOIN marts.experiment_arms AS a ON a.experiment_id = c.experiment_id AND a.arm_number = c.arm_number ORDER BY c.experiment_id, c.unit_id",
        "SELECT * FROM marts.experiment_measures AS m ORDER BY m.experiment_id, m.analysis_mode, m.measure_number",
        "SELECT u.experiment_id, u.measure_number, c.unit_id, u.member_number, a.variation_id, a.weight_epoch, u.event_count, u.value_count, u.distinct_value_count, u.distinct_day_count, u.sum_value, u.min_value, u.max_value, u.anchor_at, u.first_at FROM marts.experiment_measure_units AS u LEFT JOIN marts.fct_experiment_cohort AS c ON c.experiment_id = u.experiment_id AND c.unit_number = u.unit_number LEFT JOIN marts.experiment_arms AS a ON a.experiment_id = u.experiment_id AND a.arm_number = u.arm_number ORDER BY u.experiment_id, u.measure_number, c.unit_id",
        "SELECT a.experiment_id, a.analysis_mode, a.metric_id, a.metric_version, a.variation_id, a.n_assigned, a.n_units, a.success_count, a.center_value + a.sum_centered / NULLIF(CAST(a.n_units AS float), 0) AS mean_value, a.min_value, a.max_value FROM marts.agg_experiment_metric_by_variant AS a ORDER BY a.experiment_id, a.analysis_mode, a.metric_id, a.variation_id",
        "SELECT r.experiment_id, r.analysis_mode, r.metric_id, r.metric_version, r.metric_role, r.variation_id, r.is_control, r.n_assigned, r.n_units, r.mean_value, r.sd_value, r.method, r.reason_code FROM results.experiment_results AS r ORDER BY r.experiment_id, r.analysis_mode, r.metric_id, r.variation_id",
        "SELECT s.experiment_id, s.variation_id, s.decision, s.decision_code, s.is_best, s.remaining_units FROM results.experiment_summary AS s ORDER BY s.experiment_id, s.variation_id",
        "SELECT g.experiment_id, g.variation_id, g.gate_order, g.gate_name, g.metric_id, g.threshold, g.passed, g.reason_code FROM results.experiment_gates AS g ORDER BY g.experiment_id, g.variation_id, g.gate_order",
        "SELECT s.experiment_id, s.stage, s.variation_id, s.observed_count, s.expected_count, s.degrees_of_freedom FROM results.experiment_srm AS s ORDER BY s.experiment_id, s.stage, s.variation_id",
    ];

    /// <summary>The same of the sources.</summary>
    private static readonly string[] SourceQueries =
    [
        "SELECT l.source, l.file_name, l.line_count, l.landed_count, l.rejected_count, l.status FROM ops.load_log AS l ORDER BY l.file_name",
        "SELECT l.file_name, r.line_number, r.rule_name, r.raw_line FROM raw.rejected_lines AS r INNER JOIN ops.load_log AS l ON l.load_id = r.load_id ORDER BY l.file_name, r.line_number",
        "SELECT s.line_number, s.user_id, s.artist_id, s.artist_name, s.track_name, s.seconds_to_next, s.played_at FROM staging.scrobble_plays AS s ORDER BY s.line_number",
        "SELECT s.event_id, s.line_number, s.user_id, s.event_type, s.currency, s.attributes, s.amount, s.is_bot, s.event_at FROM staging.stg_commerce_events AS s ORDER BY s.event_id",
        "SELECT s.line_number, s.violations, s.user_id, s.duration_seconds, s.event_at FROM staging.validated_podcast_events AS s ORDER BY s.line_number",
        "SELECT l.file_name, q.line_number, q.rule_name, q.column_name, q.raw_value FROM staging.quarantine AS q INNER JOIN ops.load_log AS l ON l.load_id = q.load_id ORDER BY l.file_name, q.line_number",
        "SELECT l.file_name, d.line_number, d.rule_name, d.key_value, d.kept_line_number FROM staging.duplicates AS d INNER JOIN ops.load_log AS l ON l.load_id = d.load_id ORDER BY l.file_name, d.line_number",
        "SELECT * FROM marts.dim_sessions AS s ORDER BY s.user_id, s.session_number",
        "SELECT * FROM marts.fct_user_metrics AS m ORDER BY m.user_id",
        "SELECT * FROM marts.fct_daily_active_users AS a ORDER BY a.activity_date",
        "SELECT * FROM marts.fct_daily_revenue AS r ORDER BY r.revenue_date, r.currency",
        "SELECT * FROM marts.fct_monthly_recurring_revenue AS m ORDER BY m.month_date, m.currency",
        "SELECT * FROM marts.dim_users AS u ORDER BY u.user_id, u.version_number",
        "SELECT f.line_number, f.user_id, f.user_version_number, f.episode_version_number, f.event_type, f.event_at FROM marts.fct_user_interactions AS f ORDER BY f.line_number",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("kill").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Killed_loads_refreshes_and_analyses_repeat_to_the_rows_of_an_undisturbed_run()
    {
        var token = TestContext.Current.CancellationToken;
        await Simulator.WriteAsync(new SimulationOptions("exp_1", 20_000, 7, _folder), null, token);
        await RequireAsync("calm.duckdb", "migrate");
        await RequireAsync("calm.duckdb", "catalog", "apply", Path.Combine(_folder, Simulator.CatalogFile));
        File.Copy(Path.Combine(_folder, "calm.duckdb"), Path.Combine(_folder, "killed.duckdb"));
        string[][] commands =
        [
            ["load", "assignments", Path.Combine(_folder, "assignments.csv")],
            ["load", "events", Path.Combine(_folder, "exposures.csv"), Path.Combine(_folder, "conversions.ndjson")],
            ["refresh", "--experiment", "exp_1"],
            ["analyze", "--experiment", "exp_1"],
        ];
        var kills = 0;
        foreach (var command in commands)
        {
            await RequireAsync("calm.duckdb", command);
            kills += await KillUntilDoneAsync("killed.duckdb", command, token);
        }

        Assert.True(kills >= commands.Length, $"Only {kills.ToString(CultureInfo.InvariantCulture)} runs were killed; the test has lost its point.");
        foreach (var query in Queries)
        {
            RequireEqual(query, Rows("calm.duckdb", query), Rows("killed.duckdb", query));
        }

        Assert.Empty(Rows("killed.duckdb", "SELECT * FROM quality.reconciliation AS r WHERE r.is_balanced = 0"));
        Assert.Empty(Rows("killed.duckdb", "SELECT * FROM ops.load_log AS l WHERE l.status <> 'finished'"));
    }

    /// <summary>
    /// Loads of every source and their refresh, killed at random moments: EXPERIMENTS_KILL_MOMENTS of them, 8 by default.
    /// </summary>
    [Fact]
    public async Task Killed_loads_and_refreshes_of_sources_repeat_to_the_rows_of_an_undisturbed_run()
    {
        var token = TestContext.Current.CancellationToken;
        var moments = int.TryParse(Environment.GetEnvironmentVariable("EXPERIMENTS_KILL_MOMENTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 8;
        var files = new List<string[]>();
        foreach (var source in SourceSimulator.Sources)
        {
            var truth = await SourceSimulator.WriteAsync(new SourceSimulationOptions(source, 60_000, 9, Path.Combine(_folder, source)), null, token);
            files.AddRange(truth.Files.Select(f => new[] { "load", f.Source, Path.Combine(_folder, source, f.Name) }));
        }

        await RequireAsync("calm.duckdb", "migrate");
        File.Copy(Path.Combine(_folder, "calm.duckdb"), Path.Combine(_folder, "killed.duckdb"));
        var random = new Random(11);
        var kills = 0;
        string[][] commands = [.. files, ["refresh"]];

        // Half of the moments are the refresh's, which does most of the work.
        for (var i = 0; i < commands.Length; i++)
        {
            var clock = Stopwatch.StartNew();
            await RequireAsync("calm.duckdb", commands[i]);
            var length = (int)clock.ElapsedMilliseconds;
            var share = i == commands.Length - 1 ? moments - kills : moments / 2 * (i + 1) / (commands.Length - 1) - kills;
            for (var k = 0; k < share;)
            {
                using var process = Start("killed.duckdb", commands[i]);
                if (!process.WaitForExit(random.Next(length)))
                {
                    process.Kill(entireProcessTree: true);
                    await process.WaitForExitAsync(token);
                    k++;
                    kills++;
                }
                else if (commands[i][0] == "load")
                {
                    // It was done before its moment came: there is nothing left of this load to kill.
                    break;
                }
                else
                {
                    // The refresh has nothing more to do either; it begins from the loads again.
                    length = Math.Max(200, length / 2);
                    File.Delete(Path.Combine(_folder, "killed.duckdb.wal"));
                    File.Copy(Path.Combine(_folder, "loaded.duckdb"), Path.Combine(_folder, "killed.duckdb"), overwrite: true);
                }
            }

            if (commands[i][0] == "load")
            {
                await RequireAsync("killed.duckdb", commands[i]);
                File.Copy(Path.Combine(_folder, "killed.duckdb"), Path.Combine(_folder, "loaded.duckdb"), overwrite: true);
            }
        }

        await RequireAsync("killed.duckdb", "refresh");
        Assert.Equal(moments, kills);
        foreach (var query in SourceQueries)
        {
            RequireEqual(query, Rows("calm.duckdb", query), Rows("killed.duckdb", query));
        }

        Assert.Empty(Rows("killed.duckdb", "SELECT * FROM quality.reconciliation AS r WHERE r.is_balanced = 0 OR r.staged_at IS NULL"));
        Assert.Empty(Rows("killed.duckdb", "SELECT * FROM ops.load_log AS l WHERE l.status <> 'finished'"));
    }

    /// <summary>Kills the command later and later, until one run ends by itself; gives the number of kills.</summary>
    private async Task<int> KillUntilDoneAsync(string database, string[] command, CancellationToken token)
    {
        var kills = 0;
        for (var milliseconds = 60; ; milliseconds += 60)
        {
            using var process = Start(database, command);
            if (!process.WaitForExit(milliseconds))
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(token);
                kills++;
                continue;
            }

            Assert.True(process.ExitCode == 0, await process.StandardError.ReadToEndAsync(token));
            return kills;
        }
    }

    private async Task RequireAsync(string database, params string[] command)
    {
        using var process = Start(database, command);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, error + await output);
    }

    private Process Start(string database, string[] command)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "runner.dll"));
        foreach (var argument in command)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["EXPERIMENTS_CONNECTION"] = "Engine=local;Data Source=" + Path.Combine(_folder, database);
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
    }

    private List<object[]> Rows(string database, string query)
    {
        using var connection = new LocalSqlConnection("Data Source=" + Path.Combine(_folder, database));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    private static void RequireEqual(string query, List<object[]> expected, List<object[]> actual)
    {
        Assert.True(expected.Count > 0, "Nothing to compare: " + query);
        Assert.True(expected.Count == actual.Count, string.Create(CultureInfo.InvariantCulture, $"{expected.Count} rows became {actual.Count}: {query}"));
        for (var i = 0; i < expected.Count; i++)
        {
            for (var k = 0; k < expected[i].Length; k++)
            {
                var same = (expected[i][k], actual[i][k]) switch
                {
                    (double a, double b) => Math.Abs(a - b) <= Tolerance * Math.Max(Math.Abs(a), Math.Abs(b)),
                    var (a, b) => a.Equals(b),
                };
                Assert.True(same, string.Create(CultureInfo.InvariantCulture, $"Row {i}, column {k}: {expected[i][k]} became {actual[i][k]}: {query}"));
            }
        }
    }
}

using System.Diagnostics;

namespace Experiments.Runner.Tests;

/// <summary>
/// Kill -9 in the middle of a command, then the same command again: the rows of an undisturbed run. Each kill comes at a
/// moment that is spread over the time the command takes, so that one falls before, into and after its writes.
/// </summary>
public sealed class KillTests
{
    private const int Kills = 6;

    private static readonly string[] Tables =
    [
        "raw.assignments", "raw.events", "raw.rejected_lines", "staging.stg_experiment_assignments",
        "staging.stg_experiment_exposures", "staging.stg_conversion_events", "staging.quarantine", "staging.duplicates",
        "marts.int_experiment_exposure_validation", "marts.fct_experiment_cohort", "marts.experiment_measure_units",
        "marts.agg_experiment_metric_by_variant",
    ];

    [Fact]
    public async Task A_command_that_was_killed_can_be_repeated_as_if_it_had_not()
    {
        using TestFolder folder = new();
        await folder.SucceedAsync("simulate", "--units", "20000", "--seed", "3", "--out", folder.In("data"));
        string[][] commands =
        [
            ["load", "assignments", folder.In("data/assignments.csv")],
            ["load", "events", folder.In("data/exposures.csv"), folder.In("data/conversions.ndjson")],
            ["refresh", "--experiment", "exp_1"],
            ["analyze", "--experiment", "exp_1", "--no-refresh"],
        ];
        await PrepareAsync(folder);
        string prepared = folder.In("prepared.duckdb");
        File.Copy(folder.Database, prepared);
        List<TimeSpan> durations = [];
        foreach (string[] command in commands)
        {
            long start = Stopwatch.GetTimestamp();
            RunnerResult result = await RunnerProcess.RunAsync(folder.Path, command);
            durations.Add(Stopwatch.GetElapsedTime(start));
            Assert.True(result.ExitCode == 0, result.Error);
        }

        string[] undisturbed = await CountsAsync(folder);
        string results = await ResultsAsync(folder);
        Remove(folder.Database);
        File.Copy(prepared, folder.Database);
        for (int i = 0; i < commands.Length; i++)
        {
            for (int kill = 0; kill < Kills; kill++)
            {
                TimeSpan after = durations[i] * ((kill + 1.0) / (Kills + 1));
                using Process process = RunnerProcess.Start(folder.Path, commands[i]);
                if (!process.WaitForExit(after))
                {
                    process.Kill();
                }

                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            RunnerResult again = await RunnerProcess.RunAsync(folder.Path, commands[i]);
            Assert.True(again.ExitCode == 0, $"{string.Join(' ', commands[i])}: {again.Error}");
        }

        Assert.Equal(undisturbed, await CountsAsync(folder));
        Assert.Equal(results, await ResultsAsync(folder));
        await folder.AssertReconciledAsync();
        Assert.Equal(
            ["0"], await folder.RowAsync("SELECT COUNT_BIG(*) AS n FROM ops.load_log AS l WHERE l.status <> 'finished';"));
        Assert.Equal(
            ["0"], await folder.RowAsync("SELECT COUNT_BIG(*) AS n FROM ops.analysis_runs AS r WHERE r.status <> 'finished';"));
    }

    private static async Task PrepareAsync(TestFolder folder)
    {
        await folder.SucceedAsync("migrate");
        await folder.SucceedAsync("catalog", "apply", folder.In("data/catalog.yaml"));
    }

    private static void Remove(string database)
    {
        File.Delete(database);
        File.Delete(database + ".wal");
    }

    private static async Task<string[]> CountsAsync(TestFolder folder)
    {
        List<string> counts = [];
        foreach (string table in Tables)
        {
            counts.Add(table + " " + (await folder.RowAsync($"SELECT COUNT_BIG(*) AS n FROM {table} AS t;"))[0]);
        }

        return [.. counts];
    }

    /// <summary>What was published, without the numbers of loads and runs and the clock.</summary>
    private static async Task<string> ResultsAsync(TestFolder folder)
    {
        RunnerResult results = await folder.SucceedAsync(
            "sql",
            "SELECT r.metric_id, r.variation_id, r.n_assigned, r.n_units, ROUND(r.mean_value, 9) AS mean_value, "
            + "ROUND(r.p_value, 9) AS p_value, ROUND(r.ci_rel_lower, 9) AS ci_rel_lower, r.method, r.reason_code "
            + "FROM results.experiment_results AS r ORDER BY r.metric_id, r.variation_id;",
            "--format",
            "csv");
        string[] rows =
        [
            "SELECT c.unit_id, c.variation_id, c.is_itt, c.is_exposed, c.itt_anchor_at, c.exposed_anchor_at "
            + "FROM marts.fct_experiment_cohort AS c ORDER BY c.unit_id;",
            "SELECT a.unit_id, a.variation_id, a.assigned_at, a.assignment_count, a.is_conflict, a.line_number "
            + "FROM staging.stg_experiment_assignments AS a ORDER BY a.unit_id;",
            "SELECT x.event_id, x.unit_id, x.variation_id, x.exposed_at, x.line_number "
            + "FROM staging.stg_experiment_exposures AS x ORDER BY x.event_id;",
            "SELECT e.event_id, e.unit_id, e.event_name, e.event_at, e.event_value, e.line_number "
            + "FROM staging.stg_conversion_events AS e ORDER BY e.event_id;",
            "SELECT q.source, q.line_number, q.rule_name, q.raw_value "
            + "FROM staging.quarantine AS q ORDER BY q.source, q.line_number, q.rule_name;",
        ];
        string all = results.Output;
        foreach (string sql in rows)
        {
            all += (await folder.SucceedAsync("sql", sql, "--format", "csv")).Output;
        }

        return all;
    }
}

using System.Data.Common;
using System.Globalization;
using System.Text;
using Experiments.LocalSql;

namespace Experiments.Runner.Tests;

/// <summary>runner refresh --full: everything anew, experiment by experiment, with the same rows at the end.</summary>
public sealed class RebuildTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const string Catalog =
        """
        metrics:
          - { metric_id: conversion, metric_type: proportion, event_name: purchase, window_end_hours: 72 }
          - { metric_id: revenue, metric_type: mean, event_name: purchase, aggregation: sum, maturity: all }
        experiments:
        """;

    private static readonly string[] s_experiments = ["exp_a", "exp_b", "exp_c"];

    private static readonly string[] s_tables =
    [
        "marts.int_experiment_exposure_validation", "marts.fct_experiment_cohort", "marts.experiment_measure_units",
        "marts.agg_experiment_metric_by_variant", "marts.agg_experiment_metric_daily",
        "marts.agg_experiment_metric_tenure",
    ];

    [Fact]
    public async Task A_rebuilding_gives_the_same_rows_and_one_that_is_cut_off_goes_on_with_what_is_left()
    {
        using TestFolder folder = await LoadedAsync();
        Assert.Equal(["built anew", "built anew", "built anew"], await RefreshAsync(folder));
        List<string> rows = await RowsAsync(folder);
        Assert.Equal(["nothing had changed", "nothing had changed", "nothing had changed"], await RefreshAsync(folder));

        Assert.Equal(["built anew", "built anew", "built anew"], await RefreshAsync(folder, "--full"));
        Assert.Equal(rows, await RowsAsync(folder));

        // Cut off after the first experiment, within the second: with its new cohort its measures are gone.
        await folder.SucceedAsync(
            "sql",
            """
            EXEC marts.forget_refresh;
            EXEC marts.refresh_experiment @experiment_id = 'exp_a';
            EXEC marts.load_int_experiment_exposure_validation @experiment_id = 'exp_b';
            EXEC marts.load_fct_experiment_cohort @experiment_id = 'exp_b';
            DELETE FROM marts.agg_experiment_metric_daily WHERE experiment_id = 'exp_b';
            """);
        Assert.NotEqual(rows, await RowsAsync(folder));
        Assert.Equal(["nothing had changed", "built anew", "built anew"], await RefreshAsync(folder));
        Assert.Equal(rows, await RowsAsync(folder));
    }

    [Fact]
    public async Task One_experiment_is_rebuilt_alone()
    {
        using TestFolder folder = await LoadedAsync();
        await folder.SucceedAsync("refresh");
        List<string> rows = await RowsAsync(folder);

        RunnerResult result = await folder.SucceedAsync("refresh", "--full", "--experiment", "exp_b");

        Assert.Contains("Refresh exp_b: built anew", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("exp_a", result.Error, StringComparison.Ordinal);
        Assert.Equal(rows, await RowsAsync(folder));
    }

    private static async Task<List<string>> RefreshAsync(TestFolder folder, params string[] options)
    {
        RunnerResult result = await folder.SucceedAsync(["refresh", .. options]);
        return
        [
            .. s_experiments.Select(id => result.Error.Split('\n')
                .Single(line => line.StartsWith($"Refresh {id}: ", StringComparison.Ordinal))
                .Split(": ")[1].Split(" (")[0]),
        ];
    }

    /// <summary>The rows of the marts as text, without the times of the refresh.</summary>
    private static async Task<List<string>> RowsAsync(TestFolder folder)
    {
        List<string> rows = [];
        LocalSqlConnection connection = new($"Data Source={folder.Database}");
        await using (connection)
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            foreach (string table in s_tables)
            {
                await using DbCommand command = connection.CreateCommand();
                command.CommandText = $"SELECT * FROM {table} AS t;";
                await using DbDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
                int[] columns =
                    [.. Enumerable.Range(0, reader.FieldCount).Where(i => reader.GetName(i) != "refreshed_at")];
                while (await reader.ReadAsync(TestContext.Current.CancellationToken))
                {
                    rows.Add(table + " " + string.Join(" | ", columns.Select(i => Text(reader.GetValue(i)))));
                }
            }
        }

        Assert.All(s_tables, table => Assert.Contains(rows, row => row.StartsWith(table, StringComparison.Ordinal)));
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    /// <summary>Sums may differ in their last digits: they are added up in another order.</summary>
    private static string Text(object value) => value is double number
        ? Math.Round(number, 6).ToString(CultureInfo.InvariantCulture)
        : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private async Task<TestFolder> LoadedAsync()
    {
        TestFolder folder = databases.Create();
        StringBuilder catalog = new(Catalog);
        StringBuilder assignments = new("experiment_id,unit_id,variation_id,assigned_at\n");
        StringBuilder events = new("event_id,unit_id,event_name,event_at,event_value\n");
        foreach (string id in s_experiments)
        {
            catalog.Append(CultureInfo.InvariantCulture, $$"""

                  - experiment_id: {{id}}
                    analysis_mode: itt
                    start_at: 2025-01-01
                    end_at: 2025-02-01
                    planned_units: 100
                    variations:
                      - { variation_id: control, is_control: true, weight: 0.5 }
                      - { variation_id: treatment, weight: 0.5 }
                    metrics:
                      - { metric_id: conversion, metric_role: primary }
                      - { metric_id: revenue, metric_role: secondary }
                """);
            for (int unit = 0; unit < 40; unit++)
            {
                assignments.Append(CultureInfo.InvariantCulture,
                    $"{id},u{unit},{(unit % 2 == 0 ? "control" : "treatment")},2025-01-{2 + (unit % 9):00}T08:00:00Z\n");
            }
        }

        for (int n = 0; n < 150; n++)
        {
            events.Append(CultureInfo.InvariantCulture,
                $"e{n},u{n * 7 % 40},purchase,2025-01-{3 + (n % 24):00}T12:00:00Z,{1 + (n * 13 % 50)}.25\n");
        }

        await folder.SucceedAsync("catalog", "apply", folder.Write("catalog.yaml", catalog.ToString()));
        await folder.SucceedAsync("load", "assignments", folder.Write("a.csv", assignments.ToString()));
        await folder.SucceedAsync("load", "events", folder.Write("e.csv", events.ToString()));
        return folder;
    }
}

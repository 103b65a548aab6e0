using System.Globalization;
using System.Text.Json;
using Experiments.Sources;

namespace Experiments.Runner.Tests;

/// <summary>The demo, run once in a folder of its own.</summary>
public sealed class DemoFixture : IAsyncLifetime
{
    internal TestFolder Folder { get; } = new();

    internal RunnerResult Demo { get; private set; } = new(-1, string.Empty, string.Empty);

    internal SimulationTruth Truth { get; private set; } = null!;

    internal string Data => Folder.In("demo-data");

    public async ValueTask InitializeAsync()
    {
        Demo = await Folder.RunAsync("demo", "--out", Data);
        Truth = await Simulator.ReadTruthAsync(Data, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>What the demo says and leaves behind, against what truth.json knows.</summary>
public sealed class DemoTests(DemoFixture demo) : IClassFixture<DemoFixture>
{
    private const double Relative = 1e-9;

    private TestFolder Folder => demo.Folder;

    private SimulationTruth Truth => demo.Truth;

    [Fact]
    public void It_ships_the_variation_that_has_the_effect_and_no_other()
    {
        Assert.True(demo.Demo.ExitCode == 0, demo.Demo.Error);
        Assert.Contains("SHIP treatment_a (best): all gates passed.", demo.Demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SHIP treatment_b", demo.Demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("WRONG", demo.Demo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_page_is_plain_text_of_120_columns()
    {
        Assert.DoesNotContain('\u001b', demo.Demo.Output);
        Assert.All(demo.Demo.Output.Split('\n'), line => Assert.True(line.Length <= 120, line));
        Assert.All(demo.Demo.Output.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
    }

    [Fact]
    public async Task Every_source_row_is_accounted_for()
    {
        await Folder.AssertReconciledAsync();
        foreach (SimulatedFile file in Truth.Files)
        {
            string[] row = await Folder.RowAsync(
                "SELECT r.line_count, r.landed_count, r.rejected_count FROM quality.reconciliation AS r "
                + $"WHERE r.file_name = '{file.Name}';");
            Assert.Equal([Text(file.Lines), Text(file.Landed), Text(file.Rejected.Values.Sum())], row);
        }
    }

    [Fact]
    public async Task Lines_that_cannot_be_split_are_kept_with_their_rule()
    {
        foreach (SimulatedFile file in Truth.Files)
        {
            Dictionary<string, string> found = await Folder.PairsAsync(
                "SELECT r.rule_name, COUNT_BIG(*) AS n FROM raw.rejected_lines AS r "
                + "INNER JOIN ops.load_log AS l ON l.load_id = r.load_id "
                + $"WHERE l.file_name = '{file.Name}' GROUP BY r.rule_name;");
            Assert.Equal(Texts(file.Rejected), found);
        }
    }

    [Theory]
    [InlineData("assignments")]
    [InlineData("events")]
    public async Task Rows_that_break_a_rule_are_in_quarantine(string source)
    {
        Dictionary<string, string> found = await Folder.PairsAsync(
            $"SELECT q.rule_name, COUNT_BIG(*) AS n FROM staging.quarantine AS q WHERE q.source = '{source}' "
            + "GROUP BY q.rule_name;");

        Assert.Equal(Texts(source == "events" ? Truth.QuarantinedEvents : Truth.QuarantinedAssignments), found);
    }

    [Fact]
    public async Task Duplicates_and_conflicts_are_counted()
    {
        Dictionary<string, string> duplicates = await Folder.PairsAsync(
            "SELECT d.source, COUNT_BIG(*) AS n FROM staging.duplicates AS d GROUP BY d.source;");
        string[] conflicts = await Folder.RowAsync(
            "SELECT COUNT_BIG(*) AS n FROM staging.stg_experiment_assignments AS a WHERE a.is_conflict = 1;");

        Assert.Equal(Text(Truth.DuplicateAssignments), duplicates["assignments"]);
        Assert.Equal(Text(Truth.DuplicateEvents), duplicates["events"]);
        Assert.Equal(Text(Truth.AssignmentConflicts), conflicts[0]);
    }

    [Theory]
    [InlineData("pre_assignment_exposure")]
    [InlineData("variant_mismatch")]
    [InlineData("multi_variation_exposure")]
    [InlineData("exposure_outside_window")]
    [InlineData("unassigned_exposure")]
    public async Task Units_with_a_wrong_exposure_are_flagged(string flag)
    {
        long planted = flag switch
        {
            "pre_assignment_exposure" => Truth.PreAssignmentExposure,
            "variant_mismatch" => Truth.VariantMismatch,
            "multi_variation_exposure" => Truth.MultiVariationExposure,
            "exposure_outside_window" => Truth.ExposureOutsideWindow,
            "unassigned_exposure" => Truth.UnassignedExposure,
            _ => throw new ArgumentOutOfRangeException(nameof(flag), flag, "No such flag."),
        };
        string[] found = await Folder.RowAsync(
            $"SELECT COUNT_BIG(*) AS n FROM marts.int_experiment_exposure_validation AS v WHERE v.{flag} = 1;");

        Assert.NotEqual(0, planted);
        Assert.Equal(Text(planted), found[0]);
    }

    [Fact]
    public async Task Exposures_to_a_variation_outside_the_catalog_are_kept_and_counted()
    {
        string[] found = await Folder.RowAsync(
            "SELECT COUNT_BIG(DISTINCT e.unit_id) AS n FROM staging.stg_experiment_exposures AS e "
            + "WHERE NOT EXISTS (SELECT 1 FROM catalog.experiment_variations AS v "
            + "WHERE v.experiment_id = e.experiment_id AND v.variation_id = e.variation_id);");

        Assert.NotEqual(0, Truth.UnknownVariationExposure);
        Assert.Equal(Text(Truth.UnknownVariationExposure), found[0]);
    }

    [Fact]
    public async Task The_cohort_of_each_variation_is_the_simulated_one()
    {
        foreach (SimulatedArm arm in Truth.Arms)
        {
            string[] found = await Folder.RowAsync(
                "SELECT SUM(CAST(c.is_itt AS bigint)) AS itt, SUM(CAST(c.is_exposed AS bigint)) AS exposed "
                + $"FROM marts.fct_experiment_cohort AS c WHERE c.variation_id = '{arm.VariationId}';");
            Assert.Equal([Text(arm.IttUnits), Text(arm.ExposedUnits)], found);
        }
    }

    [Fact]
    public async Task Every_metric_has_the_units_and_the_sum_that_the_simulation_counted()
    {
        Assert.NotEmpty(Truth.Metrics);
        foreach (SimulatedMetric metric in Truth.Metrics)
        {
            string[] found = await Folder.RowAsync(
                "SELECT a.n_units, a.n_units * a.center_value + a.sum_centered AS total "
                + "FROM marts.agg_experiment_metric_by_variant AS a "
                + $"WHERE a.metric_id = '{metric.MetricId}' AND a.analysis_mode = '{metric.AnalysisMode}' "
                + $"AND a.variation_id = '{metric.VariationId}';");
            Assert.Equal(Text(metric.Units), found[0]);
            double total = double.Parse(found[1], CultureInfo.InvariantCulture);
            Assert.True(
                Math.Abs(total - metric.Sum) <= Relative * Math.Abs(metric.Sum),
                $"{metric.MetricId} {metric.AnalysisMode} {metric.VariationId}: {total} is not {metric.Sum}");
        }
    }

    [Fact]
    public async Task The_analysis_commands_after_the_demo_work_on_its_file()
    {
        RunnerResult analyze = await Folder.SucceedAsync("analyze", "--experiment", "exp_1", "--format", "json");
        RunnerResult report = await Folder.SucceedAsync("report", "--experiment", "exp_1", "--mode", "itt", "--format", "json");
        RunnerResult exposed = await Folder.SucceedAsync("analyze", "--experiment", "exp_1", "--mode", "exposed", "--format", "csv");
        RunnerResult status = await Folder.SucceedAsync("status", "--format", "json");
        RunnerResult check = await Folder.SucceedAsync("check", "--format", "json");
        RunnerResult summary = await Folder.SucceedAsync("sql", "SELECT * FROM results.experiment_summary");

        Assert.Equal(analyze.Output, report.Output);
        using JsonDocument document = JsonDocument.Parse(analyze.Output);
        Assert.Equal(12, document.RootElement.GetProperty("results").GetArrayLength());
        Assert.Equal("itt", document.RootElement.GetProperty("run").GetProperty("analysis_mode").GetString());
        Assert.Equal(6, document.RootElement.GetProperty("sample_ratios").GetArrayLength());
        Assert.Equal(13, exposed.Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        using JsonDocument state = JsonDocument.Parse(status.Output);
        Assert.Equal(0, state.RootElement.GetProperty("database").GetProperty("scripts_pending").GetInt32());
        Assert.Equal(3, state.RootElement.GetProperty("loads").GetArrayLength());
        using JsonDocument checks = JsonDocument.Parse(check.Output);
        Assert.DoesNotContain(
            checks.RootElement.EnumerateArray(), row => row.GetProperty("result").GetString() == "error");
        Assert.Contains(
            checks.RootElement.EnumerateArray(),
            row => row.GetProperty("check").GetString() == "assignments_conflict"
                && row.GetProperty("offending").GetInt64() == Truth.AssignmentConflicts
                && row.GetProperty("result").GetString() == "warning");
        Assert.Contains("treatment_a", summary.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_numbers_of_the_results_view_are_those_of_the_command()
    {
        RunnerResult command = await Folder.SucceedAsync("report", "--experiment", "exp_1", "--mode", "itt", "--format", "csv");
        RunnerResult view = await Folder.SucceedAsync(
            "sql",
            "SELECT * FROM results.experiment_results AS r WHERE r.analysis_mode = 'itt' "
            + "ORDER BY CASE r.metric_role WHEN 'primary' THEN 0 WHEN 'guardrail' THEN 1 ELSE 2 END, r.metric_id, "
            + "r.is_control DESC, r.variation_id;",
            "--format",
            "csv");

        Assert.Equal(view.Output, command.Output);
    }

    [Fact]
    public async Task The_sample_ratio_of_the_view_is_that_of_the_analysis()
    {
        string[] pair = await Folder.RowAsync(
            "SELECT MAX(ABS(q.chi_square - s.chi_square)) AS difference, COUNT_BIG(*) AS n "
            + "FROM quality.sample_ratio_mismatch AS q INNER JOIN results.experiment_srm AS s "
            + "ON s.experiment_id = q.experiment_id AND s.stage = q.stage AND s.variation_id = q.variation_id "
            + "WHERE s.analysis_mode = 'itt';");

        Assert.True(double.Parse(pair[0], CultureInfo.InvariantCulture) < 1e-9);
        Assert.Equal("6", pair[1]);
    }

    [Fact]
    public async Task Assigned_units_load_as_assignments()
    {
        string units = Folder.Write("units.txt", string.Join('\n', Enumerable.Range(0, 300).Select(i => $"new_{i}")));
        RunnerResult assigned = await Folder.SucceedAsync(
            "assign", "--experiment", "exp_1", "--units", units, "--assigned-at", "2026-01-01T01:00:00+01:00",
            "--format", "csv");
        using TestFolder other = new();
        await other.SucceedAsync("migrate");
        await other.SucceedAsync("load", "assignments", other.Write("a.csv", assigned.Output));
        await other.SucceedAsync("refresh");
        Assert.Equal(
            ["300", "3", "2026-01-01T00:00:00", "2026-01-01T00:00:00"],
            await other.RowAsync(
                "SELECT COUNT_BIG(*) AS n, COUNT_BIG(DISTINCT a.variation_id) AS m, MIN(a.assigned_at) AS low, "
                + "MAX(a.assigned_at) AS high FROM staging.stg_experiment_assignments AS a;"));
    }

    [Fact]
    public async Task It_may_run_again_on_its_own_database_and_on_no_other_files()
    {
        RunnerResult again = await Folder.SucceedAsync("demo", "--out", demo.Data);
        RunnerResult otherSeed = await Folder.RunAsync("demo", "--seed", "8", "--out", demo.Data);
        RunnerResult otherFiles = await Folder.RunAsync("demo", "--seed", "8", "--out", Folder.In("other"));

        Assert.Contains("already loaded as load 1; nothing was done.", again.Error, StringComparison.Ordinal);
        Assert.Equal(1, otherSeed.ExitCode);
        Assert.Contains("seed 7", otherSeed.ErrorSentence, StringComparison.Ordinal);
        Assert.Equal(1, otherFiles.ExitCode);
        Assert.Contains("holds other loads", otherFiles.ErrorSentence, StringComparison.Ordinal);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Texts(IReadOnlyDictionary<string, long> counts) =>
        counts.ToDictionary(count => count.Key, count => Text(count.Value), StringComparer.Ordinal);
}

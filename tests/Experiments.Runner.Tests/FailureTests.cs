using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Experiments.LocalSql;

namespace Experiments.Runner.Tests;

/// <summary>A deployed database without rows, made once and copied for each test.</summary>
public sealed class EmptyDatabaseFixture : IAsyncLifetime
{
    private readonly TestFolder _template = new();

    public async ValueTask InitializeAsync() => await _template.SucceedAsync("migrate");

    internal TestFolder Create()
    {
        TestFolder folder = new();
        File.Copy(_template.Database, folder.Database);
        return folder;
    }

    public ValueTask DisposeAsync()
    {
        _template.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Bad input: each has an exit code and one sentence that names the thing.</summary>
public sealed class FailureTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const string Assignments = "experiment_id,unit_id,variation_id,assigned_at\n";

    private const string Catalog =
        """
        metrics:
          - { metric_id: conversion, metric_type: proportion, event_name: purchase }
        experiments:
          - experiment_id: exp
            analysis_mode: itt
            start_at: 2025-01-01
            end_at: 2025-02-01
            planned_units: 100
            variations:
              - { variation_id: control, is_control: true, weight: 0.5 }
              - { variation_id: treatment, weight: 0.5 }
            metrics:
              - { metric_id: conversion, metric_role: primary }
        """;

    [Fact]
    public async Task A_file_that_cannot_be_loaded_exits_1_and_names_the_file()
    {
        using TestFolder folder = databases.Create();
        File.WriteAllBytes(folder.In("binary.csv"), [0x50, 0x4b, 0, 1, 2, 0, 0, 3]);

        await RefusedAsync(folder, 1, "no.csv' does not exist", "load", "assignments", folder.In("no.csv"));
        await RefusedAsync(folder, 1, "empty.csv' is empty", "load", "assignments", folder.Write("empty.csv", ""));
        await RefusedAsync(
            folder, 1, "has no column 'experiment_id'", "load", "assignments", folder.Write("wrong.csv", "a,b\n1,2\n"));
        await RefusedAsync(folder, 1, "is a binary file", "load", "assignments", folder.In("binary.csv"));
        await RefusedAsync(folder, 1, "No file matches", "load", "assignments", folder.In("*.tsv"));
        Assert.Equal("0", (await folder.RowAsync("SELECT COUNT_BIG(*) AS n FROM ops.load_log AS l;"))[0]);
    }

    [Fact]
    public async Task Marts_that_a_refresh_left_half_done_are_not_analyzed()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("catalog.yaml", Catalog));
        await folder.SucceedAsync(
            "load", "assignments",
            folder.Write("a.csv", Assignments + "exp,u1,control,2025-01-02\nexp,u2,treatment,2025-01-02\n"));
        await folder.SucceedAsync("refresh");
        await folder.SucceedAsync("sql", "EXEC marts.forget_refresh @experiment_id = 'exp';");

        await RefusedAsync(folder, 3, "are not whole", "analyze", "--experiment", "exp", "--no-refresh");
        await folder.SucceedAsync("refresh");
        await folder.SucceedAsync("analyze", "--experiment", "exp", "--no-refresh");
    }

    [Theory]
    [InlineData("things", "The source 'things' is unknown; allowed are assignments, ")]
    public async Task An_unknown_source_exits_2(string source, string sentence)
    {
        using TestFolder folder = databases.Create();

        RunnerResult result = await folder.RunAsync("load", source, "x.csv");

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(sentence, result.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mapping_that_cannot_be_read_exits_2()
    {
        using TestFolder folder = databases.Create();

        await RefusedAsync(
            folder, 2, "--set cannot read 'nonsense'",
            "load", "assignments", folder.Write("a.csv", Assignments), "--set", "nonsense");
    }

    [Fact]
    public async Task An_unknown_experiment_exits_3_and_the_known_ones_are_named()
    {
        using TestFolder folder = databases.Create();
        await RefusedAsync(folder, 3, "it has no experiment yet", "analyze", "--experiment", "nope");
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Catalog));

        await RefusedAsync(
            folder, 3, "Experiment 'nope' is not in catalog.experiments; known: exp.", "analyze", "--experiment", "nope");
        await RefusedAsync(folder, 3, "Experiment 'nope'", "refresh", "--experiment", "nope");
        await RefusedAsync(folder, 1, "has no finished analysis", "report", "--experiment", "exp");
    }

    [Theory]
    [InlineData("metric_id: conversion, metric_role", "metric_id: revenue, metric_role", "uses the metric 'revenue' version 1")]
    [InlineData("is_control: true", "is_control: false", "0 variations marked as control")]
    [InlineData("treatment, weight: 0.5", "treatment, weight: 0.6", "sum to 1.1")]
    [InlineData("metric_role: primary", "metric_role: secondary", "0 primary metrics")]
    [InlineData("end_at: 2025-02-01", "end_at: 2024-02-01", "not after its start")]
    public async Task A_catalog_with_a_problem_is_not_written(string sound, string broken, string sentence)
    {
        using TestFolder folder = databases.Create();
        string file = folder.Write("c.yaml", Catalog.Replace(sound, broken, StringComparison.Ordinal));

        await RefusedAsync(folder, 3, sentence, "catalog", "apply", file);

        Assert.Equal("0", (await folder.RowAsync("SELECT COUNT_BIG(*) AS n FROM catalog.experiments AS e;"))[0]);
    }

    [Fact]
    public async Task A_problem_that_came_by_another_way_stops_the_analysis()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Catalog));
        await folder.SucceedAsync("sql", "UPDATE catalog.experiment_variations SET is_control = 0;");
        await folder.SucceedAsync("sql", "UPDATE catalog.experiment_variations SET weight = 0.7;");

        RunnerResult result = await folder.RunAsync("analyze", "--experiment", "exp");
        RunnerResult check = await folder.RunAsync("check", "--format", "csv");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("has 2 problems in catalog.problems", result.ErrorSentence, StringComparison.Ordinal);
        Assert.Contains("control_count: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("weights: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(3, check.ExitCode);
        Assert.Contains("0 variations marked as control", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variation_that_the_catalog_lacks_exits_3()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Catalog));
        await folder.SucceedAsync(
            "load", "assignments", folder.Write("a.csv", Assignments + "exp,u1,control,2025-01-02\nexp,u2,blue,2025-01-02\n"));

        await RefusedAsync(folder, 3, "'blue'", "analyze", "--experiment", "exp");
        await folder.AssertReconciledAsync();
    }

    [Fact]
    public async Task A_definition_never_changes_under_its_version()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Catalog));
        string changed = folder.Write("d.yaml", Catalog.Replace("event_name: purchase", "event_name: order", StringComparison.Ordinal));
        string next = folder.Write(
            "e.yaml",
            Catalog.Replace("event_name: purchase", "event_name: order, metric_version: 2", StringComparison.Ordinal)
                .Replace("metric_role: primary", "metric_role: primary, metric_version: 2", StringComparison.Ordinal));

        await RefusedAsync(
            folder, 3, "metric 'conversion' version 1 has 'event_name' 'purchase' in the catalog and 'order' in the file",
            "catalog", "apply", changed);
        RunnerResult applied = await folder.SucceedAsync("catalog", "apply", next);

        Assert.Contains("insert  metric 'conversion' version 2", applied.Output, StringComparison.Ordinal);
        Assert.Contains(
            "update  metric 'conversion' in experiment 'exp': metric_version 1 -> 2", applied.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Applying_again_changes_nothing_and_a_dry_run_writes_nothing()
    {
        using TestFolder folder = databases.Create();
        string file = folder.Write("c.yaml", Catalog);

        RunnerResult dry = await folder.SucceedAsync("catalog", "apply", file, "--dry-run");
        Assert.Equal("0", (await folder.RowAsync("SELECT COUNT_BIG(*) AS n FROM catalog.experiments AS e;"))[0]);
        RunnerResult first = await folder.SucceedAsync("catalog", "apply", file);
        RunnerResult second = await folder.SucceedAsync("catalog", "apply", file);

        Assert.Equal(first.Output, dry.Output);
        Assert.All(
            second.Output.TrimEnd().Split('\n'), line => Assert.StartsWith("keep  ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_file_no_longer_names_stays_and_is_said()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Catalog
            .Replace("{ variation_id: treatment, weight: 0.5 }", "{ variation_id: treatment, weight: 0.5 }\n      - { variation_id: third, weight: 0 }", StringComparison.Ordinal)));

        RunnerResult result = await folder.SucceedAsync("catalog", "apply", folder.Write("d.yaml", Catalog));

        Assert.Contains(
            "left    variation 'third' of experiment 'exp', which the file does not name", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_experiment_without_a_mode_is_refused_until_the_command_names_one()
    {
        using TestFolder folder = databases.Create();
        await LoadAsync(folder, Catalog.Replace("    analysis_mode: itt\n", "", StringComparison.Ordinal), units: 10);

        await RefusedAsync(folder, 3, "names no analysis mode", "analyze", "--experiment", "exp");
        await folder.SucceedAsync("analyze", "--experiment", "exp", "--mode", "itt");
    }

    [Fact]
    public async Task No_data_exit_3()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Catalog));

        await RefusedAsync(folder, 3, "has no assigned unit", "analyze", "--experiment", "exp");
        await RefusedAsync(folder, 3, "has no cohort", "analyze", "--experiment", "exp", "--no-refresh");
    }

    [Fact]
    public async Task No_valid_exposure_refuses_the_exposed_mode()
    {
        using TestFolder folder = databases.Create();
        await LoadAsync(folder, Catalog, units: 10);

        await RefusedAsync(folder, 3, "has a valid exposure", "analyze", "--experiment", "exp", "--mode", "exposed");
    }

    [Theory]
    [InlineData(1, "no_data")]
    [InlineData(2, "too_few_units")]
    public async Task One_unit_is_analyzed_with_a_reason_in_the_place_of_numbers(int units, string reason)
    {
        using TestFolder folder = databases.Create();
        await LoadAsync(folder, Catalog, units);

        RunnerResult result = await folder.SucceedAsync("analyze", "--experiment", "exp", "--format", "csv");

        string row = result.Output.Split("\r\n")[2];
        Assert.Contains($",treatment,0,{units / 2},", row, StringComparison.Ordinal);
        Assert.Contains($",{reason},", row, StringComparison.Ordinal);
        string[] decision = await folder.RowAsync("SELECT s.decision FROM results.experiment_summary AS s;");
        Assert.NotEqual("ship", decision[0]);
    }

    [Fact]
    public async Task A_database_that_is_not_deployed_says_so()
    {
        using TestFolder folder = new();
        await using (LocalSqlConnection connection = new($"Data Source={folder.Database}"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
        }

        await RefusedAsync(folder, 1, "run 'runner migrate' first", "analyze", "--experiment", "exp");
        RunnerResult status = await folder.SucceedAsync("status");
        Assert.Contains("scripts are pending", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_only_is_made_without_making_a_file()
    {
        using TestFolder folder = new();

        RunnerResult plan = await folder.SucceedAsync("migrate", "--dry-run");
        await folder.SucceedAsync("migrate", "--script", folder.In("deploy.sql"));

        Assert.Contains("0001_create_schemas.sql", plan.Output, StringComparison.Ordinal);
        Assert.Contains("SchemaVersions", await File.ReadAllTextAsync(folder.In("deploy.sql"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.False(File.Exists(folder.Database));
    }

    [Fact]
    public async Task A_file_that_is_no_database_exits_4()
    {
        using TestFolder folder = new();
        File.WriteAllBytes(folder.Database, [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))]);

        await RefusedAsync(folder, 4, folder.Database, "status");
        await RefusedAsync(folder, 4, folder.Database, "migrate");
    }

    [Fact]
    public async Task A_database_that_another_process_holds_exits_4()
    {
        using TestFolder folder = databases.Create();
        using Process holder = RunnerProcess.Start(
            folder.Path, "sql", "SELECT 1 AS ready; DECLARE @i int = 0; WHILE @i < 2000000000 SET @i = @i + 1;",
            "--format", "json");
        try
        {
            await RunnerProcess.WaitForOutputAsync(holder, "ready");

            RunnerResult result = await folder.RunAsync("status");

            Assert.Equal(4, result.ExitCode);
            Assert.Contains(folder.Database, result.ErrorSentence, StringComparison.Ordinal);
        }
        finally
        {
            holder.Kill();
            await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_server_that_does_not_answer_exits_4()
    {
        // A port that was free a moment ago, and that nobody listens on.
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        RunnerResult result = await RunnerHarness.RunAsync(
            "status", "--connection", $"Server=127.0.0.1,{port};Database=experiments;User ID=runner;Connect Timeout=2");

        Assert.Equal(4, result.ExitCode);
        Assert.Contains($"127.0.0.1,{port}", result.ErrorSentence, StringComparison.Ordinal);
    }

    private static async Task LoadAsync(TestFolder folder, string catalog, int units)
    {
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", catalog));
        IEnumerable<string> rows = Enumerable.Range(0, units)
            .Select(i => $"exp,u{i},{(i % 2 == 0 ? "control" : "treatment")},2025-01-02");
        await folder.SucceedAsync(
            "load", "assignments", folder.Write("a.csv", Assignments + string.Join('\n', rows) + "\n"));
    }

    private static async Task RefusedAsync(TestFolder folder, int code, string sentence, params string[] args)
    {
        RunnerResult result = await folder.RunAsync(args);

        Assert.True(code == result.ExitCode, $"{string.Join(' ', args)}: {result.ExitCode} {result.Error}");
        Assert.Contains(sentence, result.ErrorSentence, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}

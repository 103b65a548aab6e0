using System.Text.Json.Nodes;

namespace Experiments.Runner.Tests;

public sealed class SelftestTests
{
    private const string Right = """
        {"id": "right", "method": "welch_t_absolute", "source": "by hand", "verified_by": "by hand",
         "inputs": {"control": {"n": 3, "mean": 2, "var": 1}, "treatment": {"n": 2, "mean": 3, "var": 2}, "alpha": 0.05},
         "expected": {"effect": 1, "se": 1.1547005383792515}, "tolerance": {"rel": 1e-12}}
        """;

    [Fact]
    public async Task The_shipped_values_are_met()
    {
        RunnerResult result = await RunnerHarness.RunAsync("selftest");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("welch_t_absolute", result.Output, StringComparison.Ordinal);
        Assert.Contains("0 failed, 0 are not covered", result.Error, StringComparison.Ordinal);
        Assert.All(result.Output.TrimEnd('\n').Split('\n'), line => Assert.True(line.Length <= RunnerConsole.DefaultWidth));
    }

    [Fact]
    public async Task A_failure_exits_1_and_names_the_field()
    {
        string wrong = Right.Replace("\"right\"", "\"wrong\"", StringComparison.Ordinal)
            .Replace("1.1547005383792515", "1.15", StringComparison.Ordinal);
        (RunnerResult result, JsonNode json) = await RunAsync($"[{Right}, {wrong}]");

        Assert.Equal(1, result.ExitCode);
        JsonNode problem = Assert.Single(json["problems"]!.AsArray())!;
        Assert.Equal("wrong", (string)problem["id"]!);
        Assert.Equal("se", (string)problem["field"]!);
        Assert.Equal(1, (int)json["summary"]!["met"]!);
        JsonNode method = Assert.Single(json["methods"]!.AsArray())!;
        Assert.Equal("failed", (string)method["status"]!);
        Assert.Equal(4, (int)method["numbers"]!);
        Assert.Equal((1.1547005383792515 - 1.15) / 1.15, (double)method["largest_deviation"]!, 1e-9);
    }

    [Fact]
    public async Task A_method_that_is_not_known_exits_5_and_a_failure_beside_it_exits_1()
    {
        const string unknown = """{"id": "u", "method": "tarot", "inputs": {}, "expected": {"card": 13}, "tolerance": {}}""";
        (RunnerResult result, JsonNode json) = await RunAsync($"[{Right}, {unknown}]");
        Assert.Equal(5, result.ExitCode);
        JsonNode problem = Assert.Single(json["problems"]!.AsArray())!;
        Assert.Equal("not covered", (string)problem["status"]!);
        Assert.Equal("tarot", (string)problem["method"]!);

        string wrong = Right.Replace("\"effect\": 1", "\"effect\": 2", StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync($"[{wrong}, {unknown}]")).Result.ExitCode);
    }

    [Fact]
    public async Task Csv_has_one_row_a_value()
    {
        RunnerResult result = await RunnerHarness.RunAsync("selftest", "--format", "csv");
        Assert.Equal(118, result.Output.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public async Task A_file_that_is_missing_or_of_another_shape_is_named()
    {
        RunnerResult missing = await RunnerHarness.RunAsync("selftest", "--vectors", "no-such-file.json");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("no-such-file.json", missing.ErrorSentence, StringComparison.Ordinal);
        using TestFolder folder = new();
        string file = folder.Write("odd.json", "{}");
        RunnerResult odd = await RunnerHarness.RunAsync("selftest", "--vectors", file);
        Assert.Equal(3, odd.ExitCode);
        Assert.Contains("list", odd.ErrorSentence, StringComparison.Ordinal);
    }

    private static async Task<(RunnerResult Result, JsonNode Json)> RunAsync(string vectors)
    {
        using TestFolder folder = new();
        string file = folder.Write("vectors.json", vectors);
        RunnerResult result = await RunnerHarness.RunAsync("selftest", "--vectors", file, "--format", "json");
        return (result, JsonNode.Parse(result.Output)!);
    }
}

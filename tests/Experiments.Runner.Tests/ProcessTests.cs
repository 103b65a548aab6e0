namespace Experiments.Runner.Tests;

/// <summary>The program as people start it: defaults, working directory, streams.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task The_demo_needs_nothing_but_an_empty_directory()
    {
        using TestFolder folder = new();

        RunnerResult demo = await RunnerProcess.RunAsync(folder.Path, "demo", "--units", "2000");
        RunnerResult status = await RunnerProcess.RunAsync(folder.Path, "status");
        RunnerResult missing = await RunnerProcess.RunAsync(folder.Path, "load", "assignments", "no.csv");

        Assert.True(demo.ExitCode == 0, demo.Error);
        Assert.True(File.Exists(folder.Database));
        Assert.True(File.Exists(folder.In(Path.Combine("demo-data", "truth.json"))));
        Assert.DoesNotContain('\u001b', demo.Output + demo.Error);
        Assert.StartsWith("experiments.duckdb  local engine", status.Output, StringComparison.Ordinal);
        Assert.Equal(1, missing.ExitCode);
        Assert.Equal("error: The file 'no.csv' does not exist.", missing.Error.Trim());
    }
}

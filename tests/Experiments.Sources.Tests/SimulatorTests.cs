namespace Experiments.Sources.Tests;

public sealed class SimulatorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_seed_gives_the_same_files_and_another_one_others()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var folders = new[] { (3, "a"), (3, "b"), (4, "c") };
        foreach (var (seed, folder) in folders)
        {
            await Simulator.WriteAsync(new SimulationOptions("exp_1", 1000, seed, Path.Combine(db.Folder, folder)), null, Token);
        }

        foreach (var name in new[] { "assignments.csv", "exposures.csv", "conversions.ndjson", "catalog.yaml", "truth.json" })
        {
            var first = await File.ReadAllTextAsync(Path.Combine(db.Folder, "a", name), Token);
            Assert.Equal(first, await File.ReadAllTextAsync(Path.Combine(db.Folder, "b", name), Token));
            if (name != "catalog.yaml")
            {
                Assert.NotEqual(first, await File.ReadAllTextAsync(Path.Combine(db.Folder, "c", name), Token));
            }
        }
    }

    [Fact]
    public async Task What_lands_is_what_the_truth_says()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var truth = await Simulator.WriteAsync(new SimulationOptions("exp_1", 4000, 11, db.Folder), null, Token);
        foreach (var file in truth.Files)
        {
            var summary = Assert.Single(await db.LoadAsync(file.Source, Path.Combine(db.Folder, file.Name)));
            Assert.Equal((file.Lines, file.Landed), (summary.Lines, summary.Landed));
            Assert.Equal(file.Rejected, summary.Rejected);
        }

        await db.RunAsync("EXEC staging.load_all");
        Assert.Equal(
            string.Join('\n', truth.QuarantinedAssignments.Select(static p => $"assignments|{p.Key}|{p.Value}")
                .Concat(truth.QuarantinedEvents.Select(static p => $"events|{p.Key}|{p.Value}"))),
            await db.RowsAsync("SELECT source, rule_name, COUNT_BIG(*) FROM staging.quarantine GROUP BY source, rule_name ORDER BY source, rule_name"));
        Assert.Equal(
            $"assignments|{truth.DuplicateAssignments}\nevents|{truth.DuplicateEvents}",
            await db.RowsAsync("SELECT source, COUNT_BIG(*) FROM staging.duplicates GROUP BY source ORDER BY source"));
        await RequireSameFileAsync(truth, db.Folder);
    }

    [Fact]
    public async Task Too_few_units_are_refused()
    {
        var error = await Assert.ThrowsAsync<LoadException>(() =>
            Simulator.WriteAsync(new SimulationOptions("exp_1", 10, 1, Path.GetTempPath()), null, Token));
        Assert.Contains("1000 is the least", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Records compare their collections by reference; the text of both is what has to be equal.</summary>
    private static async Task RequireSameFileAsync(SimulationTruth truth, string folder)
    {
        var read = await Simulator.ReadTruthAsync(folder, Token);
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(truth), System.Text.Json.JsonSerializer.Serialize(read));
    }
}

namespace Experiments.Runner.Tests;

/// <summary>What <c>runner load</c> says of the lines of a file.</summary>
public sealed class LoadCommandTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const string Messy =
        "event_id,user_id,event_type,event_ts,amount,currency\n"
        + "e1,u1,purchase,2024-02-29T10:00:00Z,5,EUR\n"
        + "e1,u1,purchase,2024-02-29T11:00:00Z,6,EUR\n"
        + "e2,u1,purchase,2024-02-29T12:00:00Z,ten,EUR\n"
        + "e3,u1,purchase,2024-02-29T12:00:00Z,-,EUR\n"
        + "e4,u1,teleport,2024-02-29T12:00:00Z,,\n";

    private const string Summary =
        "shop.csv: 5 landed, 1 staged, 1 duplicate, 3 quarantined (2 bad_amount, 1 unknown_event_type).";

    [Fact]
    public async Task A_load_says_what_is_staged_a_duplicate_and_quarantined_by_rule()
    {
        using TestFolder folder = databases.Create();
        string file = folder.Write("shop.csv", Messy);

        RunnerResult load = await folder.SucceedAsync("load", "commerce_events", file);
        RunnerResult again = await folder.SucceedAsync("load", "commerce_events", file);

        Assert.Contains("5 lines, 5 landed", load.Error, StringComparison.Ordinal);
        Assert.Contains("rows a second", load.Error, StringComparison.Ordinal);
        Assert.Contains(Summary, load.Error, StringComparison.Ordinal);
        Assert.Contains("already loaded", again.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Summary, again.Error, StringComparison.Ordinal);
        await folder.AssertReconciledAsync();
    }

    [Fact]
    public async Task A_load_that_only_lands_leaves_the_summary_to_the_refresh()
    {
        using TestFolder folder = databases.Create();
        string file = folder.Write("shop.csv", Messy);

        RunnerResult load = await folder.SucceedAsync("load", "commerce_events", file, "--no-stage");
        string[] waiting = await folder.RowAsync(
            "SELECT COUNT(*) AS n FROM ops.load_log AS l WHERE l.staged_at IS NULL");
        RunnerResult refresh = await folder.SucceedAsync("refresh");

        Assert.DoesNotContain("quarantined", load.Error, StringComparison.Ordinal);
        Assert.Equal(["1"], waiting);
        Assert.Contains(Summary, refresh.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quarantined_lines_are_listed_and_tried_again_once_their_type_is_known()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("load", "commerce_events", folder.Write("shop.csv", Messy));

        RunnerResult rules = await folder.SucceedAsync(
            "quarantine", "--source", "commerce_events", "--format", "csv");
        RunnerResult lines = await folder.SucceedAsync(
            "quarantine", "--source", "commerce_events", "--rule", "bad_amount", "--format", "csv");
        await folder.SucceedAsync(
            "sql",
            "INSERT INTO catalog.commerce_event_types (event_type, revenue_sign, needs_amount) VALUES ('teleport', 0, 0);");
        RunnerResult reprocess = await folder.SucceedAsync("reprocess", "--source", "commerce_events");

        Assert.Contains("bad_amount", rules.Output, StringComparison.Ordinal);
        Assert.Contains("unknown_event_type", rules.Output, StringComparison.Ordinal);
        Assert.Contains("ten", lines.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("teleport", lines.Output, StringComparison.Ordinal);
        Assert.Contains("3 lines in quarantine before, 2 now.", reprocess.Error, StringComparison.Ordinal);
    }
}

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

    [Theory]
    [InlineData("quarantine")]
    [InlineData("reprocess")]
    public async Task A_rule_that_the_source_does_not_have_is_refused_and_nothing_in_quarantine_is_said(string command)
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("load", "commerce_events", folder.Write("shop.csv", Messy));

        RunnerResult misspelt = await folder.RunAsync(command, "--source", "commerce_events", "--rule", "bad_amout");
        RunnerResult none = await folder.SucceedAsync(command, "--source", "commerce_events", "--rule", "bad_currency");
        RunnerResult empty = await folder.SucceedAsync(command, "--source", "podcast_users");

        Assert.Equal(2, misspelt.ExitCode);
        Assert.Contains("commerce_events has no rule 'bad_amout'; allowed are bad_amount, ", misspelt.Error, StringComparison.Ordinal);
        Assert.Equal("No line of commerce_events is in quarantine as bad_currency.", none.Error.Trim());
        Assert.Equal("No line of podcast_users is in quarantine.", empty.Error.Trim());
        Assert.Equal("", none.Output + empty.Output);
    }

    [Fact]
    public async Task Reprocessing_one_rule_counts_its_lines()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("load", "commerce_events", folder.Write("shop.csv", Messy));
        await folder.SucceedAsync(
            "sql",
            "INSERT INTO catalog.commerce_event_types (event_type, revenue_sign, needs_amount) VALUES ('teleport', 0, 0);");

        RunnerResult reprocess = await folder.SucceedAsync(
            "reprocess", "--source", "commerce_events", "--rule", "unknown_event_type");

        Assert.Contains("1 line in quarantine as unknown_event_type before, 0 now.", reprocess.Error, StringComparison.Ordinal);
        await folder.AssertReconciledAsync();
    }

    [Fact]
    public async Task A_folder_of_podcast_events_is_loaded_file_by_file_and_judged_again_when_its_users_come()
    {
        const string Event = """{"user_id":"u1","episode_id":"e1","event_type":"play","timestamp":"2024-02-29T10:00:00Z","position":5}""";
        using TestFolder folder = databases.Create();
        string events = Directory.CreateDirectory(folder.In("podcast")).FullName;
        folder.Write("podcast/1.ndjson", Event + "\n" + Event.Replace("u1", "u2", StringComparison.Ordinal) + "\n");
        RunnerResult first = await folder.SucceedAsync("load", "podcast_events", events);
        folder.Write("podcast/2.json", Event.Replace(":5}", ":9}", StringComparison.Ordinal) + "\n");
        RunnerResult second = await folder.SucceedAsync("load", "podcast_events", events);
        RunnerResult users = await folder.SucceedAsync(
            "load", "podcast_users", folder.Write("users.ndjson", """{"id":"u1","country":"DE"}""" + "\n"));
        await folder.SucceedAsync("refresh");
        await folder.SucceedAsync("refresh");

        Assert.Contains("1.ndjson: 2 landed, 2 staged, 0 duplicates, 0 quarantined.", first.Error, StringComparison.Ordinal);
        Assert.Contains("1.ndjson: already loaded", second.Error, StringComparison.Ordinal);
        Assert.Contains("1.ndjson, now: 2 landed, 1 staged, 1 duplicate, 0 quarantined.", second.Error, StringComparison.Ordinal);
        Assert.Contains("2.json: 1 landed, 1 staged, 0 duplicates, 0 quarantined.", second.Error, StringComparison.Ordinal);
        Assert.Contains(
            "1.ndjson, now: 2 landed, 0 staged, 1 duplicate, 1 quarantined (1 unknown_user).",
            users.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["u1", "1", "9"],
            await folder.RowAsync(
                "SELECT f.user_id, COUNT_BIG(*) AS n, MAX(f.position_seconds) AS p FROM marts.fct_user_interactions AS f GROUP BY f.user_id"));
        await folder.AssertReconciledAsync();
    }
}

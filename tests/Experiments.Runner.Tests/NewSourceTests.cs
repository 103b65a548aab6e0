using System.Globalization;
using Experiments.Connections;
using Experiments.LocalSql;
using Experiments.Migrations;

namespace Experiments.Runner.Tests;

/// <summary>A source is added as the README says: two files, and the lines that its blocks give, in a copy of the scripts.</summary>
public sealed class NewSourceTests
{
    private const string Tickets =
        "created,customer,id,subject\n"
        + "2024-02-29T23:59:59+01:00,u1,t1,\"Hello, you\"\n"
        + "1709251200,u2,t2,\n"
        + "2024-03-01,u1,t1,again\n"
        + "29/02/2024,u3,t3,\n"
        + "2024-03-01,,t4,\n"
        + "2024-03-01,u5\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_readme_adds_a_source_of_tickets()
    {
        using TestFolder folder = new();
        await DeployAsync(folder);
        string file = folder.Write("tickets.csv", Tickets);

        RunnerResult load = await folder.SucceedAsync("load", "tickets", file);
        RunnerResult again = await folder.SucceedAsync("load", "tickets", file);
        RunnerResult rules = await folder.SucceedAsync("quarantine", "--source", "tickets", "--format", "csv");

        Assert.Contains(
            "tickets.csv: 5 landed, 2 staged, 1 duplicate, 2 quarantined (1 bad_timestamp, 1 missing_user_id).",
            load.Error, StringComparison.Ordinal);
        Assert.Contains("1 rejected as field_count", load.Error, StringComparison.Ordinal);
        Assert.Contains("already loaded", again.Error, StringComparison.Ordinal);
        Assert.Contains("No time in a format of the source.", rules.Output, StringComparison.Ordinal);
        await folder.AssertReconciledAsync();

        Dictionary<string, string> events = await folder.PairsAsync(
            "SELECT e.unit_id, e.event_at FROM marts.fct_metric_events AS e WHERE e.event_name = 'ticket'");
        Assert.Equal(["2024-03-01T00:00:00", "2024-03-01T00:00:00"], [events["u1"], events["u2"]]);
        await folder.SucceedAsync("sql", "UPDATE raw.tickets SET user_id = 'u4' WHERE ticket_id = 't4'");
        RunnerResult reprocess = await folder.SucceedAsync("reprocess", "--source", "tickets");
        Assert.Contains("2 lines in quarantine before, 1 now.", reprocess.Error, StringComparison.Ordinal);
        await folder.AssertReconciledAsync();
    }

    /// <summary>Copies the scripts, follows the README, and deploys the result.</summary>
    private static async Task DeployAsync(TestFolder folder)
    {
        string readme = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), Token)).ReplaceLineEndings("\n");
        readme = readme[readme.IndexOf("To add a source", StringComparison.Ordinal)..];
        string[] blocks = [.. readme[..readme.IndexOf("\n## ", StringComparison.Ordinal)]
            .Split("```").Where((_, i) => i % 2 == 1).Select(b => b[(b.IndexOf('\n', StringComparison.Ordinal) + 1)..])];
        Assert.Equal(5, blocks.Length);
        Copy("migrations", folder.In("migrations"));
        Copy("database", folder.In("database"));
        string example = Path.Combine(Repository.Root, "examples", "tickets");
        int next = Directory.GetFiles(folder.In("migrations"), "0*.sql").Length + 1;
        File.Copy(
            Path.Combine(example, "create_tickets.sql"),
            folder.In(string.Create(CultureInfo.InvariantCulture, $"migrations/{next:D4}_create_tickets.sql")));
        File.Copy(Path.Combine(example, "load_tickets.sql"), folder.In("database/staging/load_tickets.sql"));
        Insert(folder.In("database/order.txt"), "staging/load_all.sql\n", blocks[0]);
        Insert(folder.In("database/staging/load_all.sql"), "    IF @source = 'assignments'\n", blocks[1]);
        Insert(folder.In("database/quality/reconciliation.sql"), "    SELECT a.load_id, COUNT_BIG(*) AS row_count FROM raw.assignments", blocks[2]);
        Insert(folder.In("database/quality/reconciliation.sql"), "    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_experiment_assignments", blocks[3]);
        string facts = folder.In("database/marts/fct_metric_events.sql");
        string view = await File.ReadAllTextAsync(facts, Token);
        await File.WriteAllTextAsync(facts, view[..view.LastIndexOf(';')] + "\n" + blocks[4].TrimEnd() + ";\nGO\n", Token);
        await using LocalSqlConnection connection = new($"Data Source={folder.Database};Constraints=on");
        await connection.OpenAsync(Token);
        Deployer deployer = new(
            ScriptFolder.Load(folder.In("migrations"), folder.In("database")), connection, DatabaseEngine.Local);
        await deployer.ApplyAsync(await deployer.PlanAsync(Token), null, Token);
    }

    private static void Insert(string path, string before, string text)
    {
        string old = File.ReadAllText(path);
        Assert.Equal(2, old.Split(before).Length);
        File.WriteAllText(path, old.Replace(before, text + before, StringComparison.Ordinal));
    }

    private static void Copy(string name, string target)
    {
        string source = Path.Combine(Repository.Root, name);
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string path = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
        }
    }
}

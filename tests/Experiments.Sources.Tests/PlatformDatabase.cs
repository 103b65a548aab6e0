using System.Globalization;
using Experiments.Connections;
using Experiments.LocalSql;
using Experiments.Migrations;

namespace Experiments.Sources.Tests;

/// <summary>A folder and a database in memory with the project's own scripts deployed, for one test.</summary>
internal sealed class PlatformDatabase : IAsyncDisposable
{
    private PlatformDatabase(LocalSqlConnection connection, string folder)
    {
        Connection = connection;
        Folder = folder;
    }

    internal LocalSqlConnection Connection { get; }

    internal string Folder { get; }

    internal static async Task<PlatformDatabase> CreateAsync(CancellationToken cancellationToken)
    {
        var connection = new LocalSqlConnection("Data Source=:memory:;Constraints=on");
        await connection.OpenAsync(cancellationToken);
        var root = Root();
        var deployer = new Deployer(
            ScriptFolder.Load(Path.Combine(root, "migrations"), Path.Combine(root, "database")), connection, DatabaseEngine.Local);
        await deployer.ApplyAsync(await deployer.PlanAsync(cancellationToken), null, cancellationToken);
        return new PlatformDatabase(connection, Directory.CreateTempSubdirectory("sources").FullName);
    }

    internal string Write(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, content);
        return path;
    }

    internal async Task<IReadOnlyList<LoadSummary>> LoadAsync(string source, string path, LoadMapping? mapping = null) =>
        await new Loader(Connection).LoadAsync(
            new LoadRequest(source, [path], mapping ?? LoadMapping.Identity), null, TestContext.Current.CancellationToken);

    internal async Task RunAsync(string sql)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The rows of a query as text: columns parted by bars, a row a line.</summary>
    internal async Task<string> RowsAsync(string sql)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i) switch
            {
                DBNull => "NULL",
                bool b => b ? "1" : "0",
                DateTime t => t.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
                var v => Convert.ToString(v, CultureInfo.InvariantCulture),
            })));
        }

        return string.Join('\n', lines);
    }

    /// <summary>Landed = staged + duplicates + quarantined, and lines = landed + rejected, for every load.</summary>
    internal async Task RequireBalanceAsync() => Assert.Equal(
        "", await RowsAsync("SELECT * FROM quality.reconciliation AS r WHERE r.is_balanced = 0 OR r.staged_at IS NULL"));

    public async ValueTask DisposeAsync()
    {
        // After every test that loads: whatever it loaded has to add up.
        await RunAsync("EXEC staging.load_all");
        await RequireBalanceAsync();
        await Connection.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Experiments.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}

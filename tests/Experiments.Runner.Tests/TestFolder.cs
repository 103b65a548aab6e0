namespace Experiments.Runner.Tests;

/// <summary>A folder of a test's own with a local database; removed with the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder()
    {
        Path = Directory.CreateTempSubdirectory("experiments-").FullName;
        Database = In("experiments.duckdb");
    }

    public string Path { get; }

    public string Database { get; }

    /// <summary>The connection option of its database.</summary>
    public string Connection => $"Engine=local;Data Source={Database}";

    /// <summary>A path in the folder.</summary>
    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file into the folder; gives its path.</summary>
    public string Write(string name, string text)
    {
        string path = In(name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Runs a command line on the folder's database.</summary>
    public Task<RunnerResult> RunAsync(params string[] args) =>
        RunnerHarness.RunAsync([.. args, "--connection", Connection]);

    /// <summary>Runs a command line that must succeed.</summary>
    public async Task<RunnerResult> SucceedAsync(params string[] args)
    {
        RunnerResult result = await RunAsync(args);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', args)}: {result.ExitCode} {result.Error}");
        return result;
    }

    /// <summary>The first row of a query, each column as text.</summary>
    public async Task<string[]> RowAsync(string sql)
    {
        RunnerResult result = await SucceedAsync("sql", sql, "--format", "csv");
        string[] lines = result.Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 1, $"No row: {sql}");
        return lines[1].Split(',');
    }

    /// <summary>All rows of a query with two columns, the first being the key.</summary>
    public async Task<Dictionary<string, string>> PairsAsync(string sql)
    {
        RunnerResult result = await SucceedAsync("sql", sql, "--format", "csv");
        return result.Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => line.Split(',')).ToDictionary(row => row[0], row => row[1], StringComparer.Ordinal);
    }

    /// <summary>Every source row is staged, a duplicate or in quarantine.</summary>
    public async Task AssertReconciledAsync()
    {
        string[] row = await RowAsync(
            "SELECT COUNT_BIG(*) AS loads, SUM(CASE WHEN r.is_balanced = 1 AND r.difference = 0 THEN 0 ELSE 1 END) AS bad "
            + "FROM quality.reconciliation AS r;");
        Assert.NotEqual("0", row[0]);
        Assert.Equal("0", row[1]);
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A process that a test killed may still hold a file; the system's temporary folder is cleaned by others.
        }
    }
}

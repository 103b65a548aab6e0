#:package dbup-sqlserver@7.2.0
#:property ManagePackageVersionsCentrally=false
#:property FullFeed=true
#:property InvariantGlobalization=false
#:property PublishAot=false

using System.Data.Common;
using DbUp;
using DbUp.Engine;
using DbUp.Support;
using Microsoft.Data.SqlClient;

const string variable = "EXPERIMENTS_CONNECTION";
const string collation = "Latin1_General_100_BIN2_UTF8";

// The journal table takes bare file names, so that `runner migrate` and DbUp can take over from each other.
var here = AppContext.GetData("EntryPointFileDirectoryPath") as string ?? Path.GetFullPath("migrations");
var database = Path.Combine(here, "..", "database");

var text = Environment.GetEnvironmentVariable(variable);
if (string.IsNullOrWhiteSpace(text))
{
    Console.Error.WriteLine($"{variable} is not set; it holds the connection string of the SQL Server database.");
    return 2;
}

var settings = new DbConnectionStringBuilder { ConnectionString = text };
if (settings.TryGetValue("Engine", out var engine) && engine is not "sqlserver")
{
    Console.Error.WriteLine($"{variable} names the engine '{engine}'; DbUp deploys to sqlserver only.");
    return 2;
}

settings.Remove("Engine");
var connectionString = settings.ConnectionString;

using var session = new SqlConnection(connectionString);
try
{
    session.Open();
}
catch (SqlException exception)
{
    Console.Error.WriteLine($"The server cannot be reached: {exception.Message}");
    return 4;
}

var found = Scalar("SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS varchar(128));") as string;
if (found != collation)
{
    Console.Error.WriteLine(
        $"The database {session.Database} has the collation {found}; it must be created with COLLATE {collation}.");
    return 1;
}

// The lock that `runner migrate` takes; it lasts as long as this session.
var held = Scalar("""
    DECLARE @lock_result int;
    EXEC @lock_result = sp_getapplock
        @Resource = 'Experiments.Migrations',
        @LockMode = 'Exclusive',
        @LockOwner = 'Session',
        @LockTimeout = 10000;
    SELECT @lock_result AS lock_result;
    """);
if (held is not int result || result < 0)
{
    Console.Error.WriteLine($"Another deployment holds the lock of {session.Database}; nothing was changed.");
    return 1;
}

var numbered = Directory.GetFiles(here, "*.sql")
    .Order(StringComparer.Ordinal)
    .Select(path => new Deployable(Path.GetFileName(path), File.ReadAllText(path), ScriptType.RunOnce));

// `runner migrate` runs every definition again after DbUp did, since its checksums say nothing of what DbUp ran.
var forget = new Deployable(
    "forget definition checksums",
    """
    IF OBJECT_ID('ops.script_log') IS NOT NULL
    BEGIN
        UPDATE ops.script_log SET checksum = 'deployed by DbUp' WHERE kind = 'definition';
    END;
    """,
    ScriptType.RunAlways);

var definitions = File.ReadLines(Path.Combine(database, "order.txt"))
    .Select(line => line.Trim())
    .Where(line => line.Length > 0 && !line.StartsWith('#'))
    .Select(name => new Deployable(name, File.ReadAllText(Path.Combine(database, name)), ScriptType.RunAlways));

var scripts = numbered.Append(forget).Concat(definitions).Where(script => script.IsForSqlServer).ToList();
for (var start = 0; start < scripts.Count;)
{
    var transactional = scripts[start].IsTransactional;
    var run = scripts.Skip(start).TakeWhile(script => script.IsTransactional == transactional).ToList();
    var builder = DeployChanges.To
        .SqlDatabase(connectionString, "dbo")
        .JournalToSqlTable("dbo", "SchemaVersions")
        .WithVariablesDisabled()
        .WithExecutionTimeout(TimeSpan.Zero)
        .WithScripts(run.Select((script, index) => script.ToDbUp(index)))
        .LogToConsole();
    builder = transactional ? builder.WithTransactionPerScript() : builder.WithoutTransaction();
    var outcome = builder.Build().PerformUpgrade();
    if (!outcome.Successful)
    {
        Console.Error.WriteLine($"{outcome.ErrorScript?.Name}: {outcome.Error.Message}");
        return 1;
    }

    start += run.Count;
}

return 0;

object? Scalar(string sql)
{
    using var command = new SqlCommand(sql, session);
    return command.ExecuteScalar();
}

internal sealed record Deployable(string Name, string Text, ScriptType Type)
{
    public bool IsForSqlServer => Header("engines") is not { } engines
        || engines.Split(',', StringSplitOptions.TrimEntries).Contains("sqlserver", StringComparer.Ordinal);

    public bool IsTransactional => Header("transaction") != "none";

    public SqlScript ToDbUp(int order) =>
        new(Name, Text, new SqlScriptOptions { ScriptType = Type, RunGroupOrder = order });

    /// <summary>The value of a line `-- key: value` before the first statement.</summary>
    private string? Header(string key)
    {
        var inComment = false;
        foreach (var line in Text.TrimStart('\uFEFF').Split('\n').Select(line => line.Trim()))
        {
            if (inComment || line.StartsWith("/*", StringComparison.Ordinal))
            {
                inComment = !line.EndsWith("*/", StringComparison.Ordinal);
                continue;
            }

            if (line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal))
            {
                return null;
            }

            var parts = line.TrimStart('-').Split(':', 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2 && parts[0] == key)
            {
                return parts[1];
            }
        }

        return null;
    }
}

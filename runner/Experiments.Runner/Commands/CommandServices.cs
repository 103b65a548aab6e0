using System.CommandLine;
using System.Data.Common;
using Experiments.Connections;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>What a command needs from outside: the console, the connection, where the scripts are.</summary>
internal sealed class CommandServices(
    RunnerConsole console, Func<string, string?> environment, string scriptDirectory)
{
    /// <summary>The database where nobody names one.</summary>
    public const string DefaultConnection = "Engine=local;Data Source=experiments.duckdb";

    /// <summary>The variable that names the connection.</summary>
    public const string ConnectionVariable = "EXPERIMENTS_CONNECTION";

    public GlobalOptions Globals { get; } = new();

    public RunnerConsole Console { get; } = console;

    /// <summary>The numbered scripts, copied beside the assembly.</summary>
    public string MigrationsDirectory { get; } = Path.Combine(scriptDirectory, "migrations");

    /// <summary>The definitions and their order, copied beside the assembly.</summary>
    public string DefinitionsDirectory { get; } = Path.Combine(scriptDirectory, "database");

    /// <summary>The database that the command line, the environment or the default names.</summary>
    public ConnectionTarget Target(ParseResult parse) =>
        ConnectionTargets.Resolve(
            parse.GetValue(Globals.Connection), environment(ConnectionVariable), DefaultConnection);

    /// <summary>Connections to that database.</summary>
    public ConnectionFactory Factory(ParseResult parse) => new(Target(parse));

    /// <summary>
    /// An open connection to a database that should be there already: a local file that is missing is not created.
    /// </summary>
    public async Task<DbConnection> OpenExistingAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        ConnectionTarget target = Target(parse);
        return await new ConnectionFactory(target).OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The writer of rows that the command line asks for.</summary>
    public IRowSetWriter Writer(OutputFormat format) => format switch
    {
        OutputFormat.Table => new TableWriter(Console),
        OutputFormat.Json => new JsonWriter(Console.Output),
        OutputFormat.Csv => new CsvWriter(Console.Output),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "An output format is needed."),
    };
}

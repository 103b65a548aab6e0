using System.CommandLine;
using System.Data.Common;
using Experiments.Connections;
using Experiments.LocalSql;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>What a command needs from outside: the console, the connection, where the scripts are.</summary>
internal sealed class CommandServices(
    RunnerConsole console, Func<string, string?> environment, string scriptDirectory)
{
    public GlobalOptions Globals { get; } = new();

    public RunnerConsole Console { get; } = console;

    /// <summary>The numbered scripts, copied beside the assembly.</summary>
    public string MigrationsDirectory { get; } = Path.Combine(scriptDirectory, "migrations");

    /// <summary>The definitions and their order, copied beside the assembly.</summary>
    public string DefinitionsDirectory { get; } = Path.Combine(scriptDirectory, "database");

    /// <summary>The tSQLt tests, copied beside the assembly.</summary>
    public string TestsDirectory { get; } = Path.Combine(scriptDirectory, "tsqlt");

    /// <summary>The database that the command line, the environment or the default names.</summary>
    public ConnectionTarget Target(ParseResult parse) =>
        ConnectionTargets.Resolve(
            parse.GetValue(Globals.Connection), environment(ConnectionTargets.EnvironmentVariable));

    /// <summary>
    /// An open connection to the database that the command line names, which is there already: a local file that is
    /// missing is not created by a command that only reads.
    /// </summary>
    public Task<DbConnection> OpenExistingAsync(ParseResult parse, CancellationToken cancellationToken) =>
        OpenExistingAsync(Target(parse), cancellationToken);

    /// <summary>An open connection to a database that is there already.</summary>
    public static Task<DbConnection> OpenExistingAsync(ConnectionTarget target, CancellationToken cancellationToken)
    {
        if (LocalFile(target) is { } file && !File.Exists(file))
        {
            throw new RunnerException(
                ExitCode.Unreachable,
                $"There is no database file '{file}'; 'runner demo' or 'runner migrate' creates one.");
        }

        return OpenAsync(target, cancellationToken);
    }

    /// <summary>An open connection to a database; a local file is created where it is missing.</summary>
    public static Task<DbConnection> OpenAsync(ConnectionTarget target, CancellationToken cancellationToken) =>
        new ConnectionFactory(target).OpenAsync(cancellationToken);

    /// <summary>The file of a local database; null for one in memory or on a server.</summary>
    public static string? LocalFile(ConnectionTarget target)
    {
        if (target.Engine != DatabaseEngine.Local)
        {
            return null;
        }

        string source = new LocalSqlConnectionStringBuilder(target.ConnectionString).DataSource;
        return source == ":memory:" ? null : source;
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

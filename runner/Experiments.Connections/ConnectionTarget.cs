using System.Data.Common;
using Experiments.LocalSql;
using Microsoft.Data.SqlClient;

namespace Experiments.Connections;

/// <summary>Where a command connects to.</summary>
/// <param name="Engine">What is behind the connection.</param>
/// <param name="ConnectionString">The provider's connection string; may hold a secret, never print it.</param>
/// <param name="DisplayName">The file, or server and database: what a person may see.</param>
public sealed record ConnectionTarget(DatabaseEngine Engine, string ConnectionString, string DisplayName)
{
    /// <summary>The display name; the connection string stays out of logs.</summary>
    public override string ToString() => DisplayName;
}

/// <summary>A connection string that cannot be used; the message is one sentence without its secrets.</summary>
public sealed class ConnectionStringException(string message) : Exception(message);

/// <summary>Chooses and reads connection strings.</summary>
public static class ConnectionTargets
{
    /// <summary>The environment variable that holds a connection string.</summary>
    public const string EnvironmentVariable = "EXPERIMENTS_CONNECTION";

    /// <summary>The database of a command that names none.</summary>
    public const string DefaultLocal = "Engine=local;Data Source=experiments.duckdb";

    private static readonly string[] PasswordKeys = ["Password", "Pwd"];

    /// <summary>The option, else the environment, else the local file.</summary>
    /// <param name="option">--connection; a password in it is refused, since command lines are seen by others.</param>
    /// <param name="environment">The value of EXPERIMENTS_CONNECTION.</param>
    /// <param name="defaultLocal">The connection string of last resort.</param>
    /// <exception cref="ConnectionStringException">The string cannot be read, or holds what it must not.</exception>
    public static ConnectionTarget Resolve(string? option, string? environment, string defaultLocal = DefaultLocal)
    {
        var isOption = !string.IsNullOrWhiteSpace(option);
        var text = isOption ? option! : string.IsNullOrWhiteSpace(environment) ? defaultLocal : environment;
        var builder = new DbConnectionStringBuilder();
        try
        {
            builder.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            throw new ConnectionStringException(
                "The connection string cannot be read; it is a list such as 'Engine=sqlserver;Server=host;Database=experiments;Integrated Security=true'.");
        }

        if (isOption && PasswordKeys.Any(builder.ContainsKey))
        {
            throw new ConnectionStringException(
                $"--connection holds a password, which others can read on the command line; put the string into {EnvironmentVariable}.");
        }

        var engine = EngineOf(builder);
        builder.Remove("Engine");
        return engine == DatabaseEngine.Local ? Local(builder.ConnectionString) : SqlServer(builder.ConnectionString);
    }

    private static DatabaseEngine EngineOf(DbConnectionStringBuilder builder)
    {
        if (builder.TryGetValue("Engine", out var named))
        {
            return Convert.ToString(named, System.Globalization.CultureInfo.InvariantCulture)?.ToLowerInvariant() switch
            {
                "local" => DatabaseEngine.Local,
                "sqlserver" => DatabaseEngine.SqlServer,
                var other => throw new ConnectionStringException($"The engine '{other}' is unknown; allowed are local and sqlserver."),
            };
        }

        var source = builder.TryGetValue("Data Source", out var value) ? value as string : null;
        return source is not null
            && (source == ":memory:" || source.EndsWith(".duckdb", StringComparison.OrdinalIgnoreCase))
            ? DatabaseEngine.Local
            : DatabaseEngine.SqlServer;
    }

    private static ConnectionTarget Local(string text)
    {
        try
        {
            var builder = new LocalSqlConnectionStringBuilder(text);
            _ = (builder.Constraints, builder.Threads);
            return new ConnectionTarget(DatabaseEngine.Local, text, builder.DataSource);
        }
        catch (ArgumentException e)
        {
            throw new ConnectionStringException(e.Message.Split(" (Parameter", StringSplitOptions.None)[0]);
        }
    }

    private static ConnectionTarget SqlServer(string text)
    {
        try
        {
            // Encryption is SqlClient's default; a string that turns it off says so in its own words.
            var builder = new SqlConnectionStringBuilder(text) { PersistSecurityInfo = false };
            if (string.IsNullOrEmpty(builder.DataSource))
            {
                throw new ConnectionStringException(
                    "The connection string names no server (Server=…) and no file (Data Source=….duckdb).");
            }

            if (!builder.ShouldSerialize("Application Name"))
            {
                builder.ApplicationName = "Experiments";
            }

            return new ConnectionTarget(
                DatabaseEngine.SqlServer, builder.ConnectionString, $"{builder.DataSource}/{builder.InitialCatalog}");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new ConnectionStringException("The connection string is no SQL Server connection string: " + e.Message.Split('\n')[0]);
        }
    }
}

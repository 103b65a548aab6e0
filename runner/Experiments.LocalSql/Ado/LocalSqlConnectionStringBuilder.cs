using System.Collections.Frozen;
using System.Data.Common;
using System.Globalization;

namespace Experiments.LocalSql;

/// <summary>The connection string of the local engine: Data Source, Constraints, Memory Limit, Threads.</summary>
public sealed class LocalSqlConnectionStringBuilder : DbConnectionStringBuilder
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "Data Source", "Constraints", "Memory Limit", "Threads");

    /// <summary>Reads a connection string; a key that the engine does not know is refused by name.</summary>
    public LocalSqlConnectionStringBuilder(string connectionString)
    {
        ConnectionString = connectionString;
        foreach (string key in Keys!)
        {
            if (!Known.Contains(key))
            {
                throw new ArgumentException(
                    $"The local engine's connection string has no '{key}'; it takes {string.Join(", ", Known.Order(StringComparer.Ordinal))}.",
                    nameof(connectionString));
            }
        }
    }

    /// <summary>Path of the database file, or :memory: for a database that lives as long as its connection.</summary>
    public string DataSource => Text("Data Source") ?? throw new ArgumentException("The connection string names no Data Source.");

    /// <summary>Whether PRIMARY KEY, UNIQUE and CHECK are enforced (on) or only recorded (off, the default).</summary>
    public bool Constraints => Text("Constraints")?.ToLowerInvariant() switch
    {
        null or "off" or "false" => false,
        "on" or "true" => true,
        var other => throw new ArgumentException($"Constraints is '{other}'; it may be on or off."),
    };

    /// <summary>DuckDB's memory limit, such as 4GB; null for DuckDB's own choice.</summary>
    public string? MemoryLimit => Text("Memory Limit");

    /// <summary>Number of threads; null for one a core.</summary>
    public int? Threads => Text("Threads") is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count
        : throw new ArgumentException($"Threads is '{text}'; it may be a whole number from 1.");

    private string? Text(string key) => TryGetValue(key, out var value) ? value as string : null;
}

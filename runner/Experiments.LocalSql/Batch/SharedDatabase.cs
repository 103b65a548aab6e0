using System.Globalization;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;
using Experiments.LocalSql.Translate;

namespace Experiments.LocalSql.Batch;

/// <summary>
/// One DuckDB instance for each file of the process: DuckDB lets a file be open once in a process, and only in one
/// process. It is closed, and its log written into the file, with its last connection.
/// </summary>
internal sealed class SharedDatabase : IDisposable
{
    private static readonly Dictionary<string, SharedDatabase> Open = new(StringComparer.Ordinal);
    private static readonly Lock Gate = new();

    private readonly DuckDatabase _database;
    private readonly string? _key;
    private int _users = 1;
    private int _catalogVersion;
    private int _dataVersion;

    private SharedDatabase(DuckDatabase database, string? key)
    {
        _database = database;
        _key = key;
    }

    /// <summary>Grows with each change of the catalog, so that other connections read it anew.</summary>
    internal int CatalogVersion => Volatile.Read(ref _catalogVersion);

    internal static SharedDatabase Acquire(string path, string? memoryLimit, int? threads)
    {
        if (string.Equals(path, ":memory:", StringComparison.Ordinal))
        {
            return Create(path, null, memoryLimit, threads);
        }

        var full = Path.GetFullPath(path);
        lock (Gate)
        {
            if (Open.TryGetValue(full, out var shared))
            {
                shared._users++;
                return shared;
            }

            shared = Create(full, full, memoryLimit, threads);
            Open.Add(full, shared);
            return shared;
        }
    }

    internal DuckConnection Connect() => _database.Connect();

    /// <summary>Counts changes of data, by any connection.</summary>
    internal int DataVersion => Volatile.Read(ref _dataVersion);

    internal void DataChanged() => Interlocked.Increment(ref _dataVersion);

    internal int CatalogChanged() => Interlocked.Increment(ref _catalogVersion);

    public void Dispose()
    {
        lock (Gate)
        {
            if (--_users > 0)
            {
                return;
            }

            if (_key is not null)
            {
                Open.Remove(_key);
            }

            _database.Dispose();
        }
    }

    private static SharedDatabase Create(string path, string? key, string? memoryLimit, int? threads)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["autoinstall_known_extensions"] = "false",
            ["autoload_known_extensions"] = "false",
            ["default_null_order"] = "nulls_first_on_asc_last_on_desc",
        };
        if (memoryLimit is not null)
        {
            settings["memory_limit"] = memoryLimit;
        }

        if (threads is { } count)
        {
            settings["threads"] = count.ToString(CultureInfo.InvariantCulture);
        }

        var database = DuckDatabase.Open(path, settings);
        try
        {
            using var connection = database.Connect();
            connection.Execute("SET TimeZone = 'UTC'");
            if (!Catalog.IsCurrent(connection))
            {
                Catalog.Create(connection);
            }

            return new SharedDatabase(database, key);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}

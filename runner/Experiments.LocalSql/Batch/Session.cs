using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>A parameter of a command; the name has no @.</summary>
internal sealed record BatchParameter(string Name, SqlType Type, object? Value, bool IsOutput);

/// <summary>
/// A connection's state: the DuckDB connection, the catalog as it sees it, the transaction count, temporary tables.
/// </summary>
internal sealed class Session : IDisposable
{
    private const int CachedScripts = 256;

    private readonly SharedDatabase _shared;
    private readonly Dictionary<string, Program> _scripts = new(StringComparer.Ordinal);

    // By the definition's string object, which lives as long as the catalog's entry.
    private readonly Dictionary<string, Program> _procedures = new(ReferenceEqualityComparer.Instance);
    private int _catalogVersion;
    private bool _catalogChanged;
    private int _temporaries;

    private Session(SharedDatabase shared, bool enforceConstraints)
    {
        _shared = shared;
        EnforceConstraints = enforceConstraints;
        Native = shared.Connect();
        _catalogVersion = shared.CatalogVersion;
        Catalog = Catalog.Load(Native);
    }

    /// <summary>Raised for PRINT and for RAISERROR of severity 10 and less.</summary>
    internal event Action<string>? Message;

    internal DuckConnection Native { get; }

    internal Catalog Catalog { get; private set; }

    internal bool EnforceConstraints { get; }

    /// <summary>@@TRANCOUNT.</summary>
    internal int TransactionCount { get; private set; }

    /// <summary>Whether an error has made the transaction one that can only be rolled back (XACT_STATE() = -1).</summary>
    internal bool IsDoomed { get; set; }

    internal bool XactAbort { get; set; }

    internal bool NoCount { get; set; }

    internal int RowCount { get; set; }

    /// <summary>@@ERROR.</summary>
    internal int LastError { get; set; }

    /// <summary>Counts changes of data: a statement that reads tables is prepared anew after one.</summary>
    internal int DataVersion => _shared.DataVersion;

    /// <summary>What the procedures of tSQLt remember.</summary>
    internal Tsqlt.TsqltState Tsqlt { get; } = new();

    /// <summary>Temporary tables of the session: those that plain batches made.</summary>
    internal Dictionary<string, CatalogObject> Temporaries { get; } = new(StringComparer.Ordinal);

    internal static Session Open(LocalSqlConnectionStringBuilder settings)
    {
        SharedDatabase shared;
        try
        {
            shared = SharedDatabase.Acquire(settings.DataSource, settings.MemoryLimit, settings.Threads);
        }
        catch (DuckException e)
        {
            throw new LocalSqlException(4060, OpenMessage(settings.DataSource, e.Message), 0, 0, null);
        }

        try
        {
            return new Session(shared, settings.Constraints);
        }
        catch
        {
            shared.Dispose();
            throw;
        }
    }

    internal BatchRun Start(string sql, IReadOnlyList<BatchParameter> parameters, bool isStoredProcedure)
    {
        if (TransactionCount == 0 && _catalogVersion != _shared.CatalogVersion)
        {
            ReloadCatalog();
        }

        return isStoredProcedure
            ? BatchRun.OfProcedure(this, sql, parameters)
            : BatchRun.OfText(this, sql, parameters);
    }

    internal Program Compile(string sql)
    {
        if (_scripts.TryGetValue(sql, out var known))
        {
            return known;
        }

        var script = Parsed.Script(sql);
        if (script.Batches.Count > 1)
        {
            throw Refuse.At(script.Batches[1], 102, "GO separates batches and is no T-SQL: send the batches one by one.");
        }

        var compiled = new Program(InstructionList.Compile(script.Batches.Count == 0 ? [] : script.Batches[0].Statements));
        if (_scripts.Count >= CachedScripts)
        {
            Forget(_scripts);
        }

        _scripts.Add(sql, compiled);
        return compiled;
    }

    internal Program CompileProcedure(CatalogObject procedure)
    {
        if (!_procedures.TryGetValue(procedure.Definition, out var program))
        {
            program = new Program(InstructionList.Compile(Parsed.Procedure(procedure.Definition).StatementList.Statements));
            _procedures.Add(procedure.Definition, program);
        }

        return program;
    }

    /// <summary>Tells that rows may have changed: by a statement, a bulk load, a COMMIT or a ROLLBACK.</summary>
    internal void DataIsChanged() => _shared.DataChanged();

    internal void BeginTransaction()
    {
        if (TransactionCount == 0)
        {
            Native.Execute("BEGIN TRANSACTION");
            IsDoomed = false;
        }

        TransactionCount++;
    }

    /// <summary>COMMIT; after an error in the transaction it is refused, since DuckDB would roll back in silence.</summary>
    internal void Commit()
    {
        if (TransactionCount == 0)
        {
            throw new LocalSqlException(
                3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.", 0, 0, null);
        }

        if (IsDoomed)
        {
            throw new LocalSqlException(
                3930, "The current transaction cannot be committed: an error in it left only ROLLBACK.", 0, 0, null);
        }

        if (TransactionCount > 1)
        {
            TransactionCount--;
            return;
        }

        try
        {
            Native.Execute("COMMIT");
        }
        catch (DuckException e)
        {
            IsDoomed = true;
            throw DuckErrors.Map(e, null, null);
        }

        TransactionCount = 0;
        DataIsChanged();
        PublishCatalog();
    }

    internal void Rollback()
    {
        if (TransactionCount == 0)
        {
            return;
        }

        TransactionCount = 0;
        IsDoomed = false;
        DataIsChanged();
        try
        {
            Native.Execute("ROLLBACK");
        }
        catch (DuckException)
        {
            // DuckDB has already ended the transaction; what matters is that none of it stays.
        }

        ForgetLostTemporaries();
        if (_catalogChanged)
        {
            ReloadCatalog();
        }
    }

    /// <summary>
    /// After an error DuckDB's transaction is over, though T-SQL counts it as open until ROLLBACK: what it had changed
    /// goes now, and the batch may still read.
    /// </summary>
    internal void LoseTransaction()
    {
        IsDoomed = true;
        DataIsChanged();
        Native.Execute("ROLLBACK");
        ForgetLostTemporaries();
        if (_catalogChanged)
        {
            ReloadCatalog();
        }
    }

    /// <summary>Runs statements that belong together: in the open transaction, or in one of their own.</summary>
    internal void Atomically(Action work)
    {
        if (TransactionCount > 0)
        {
            work();
            return;
        }

        Native.Execute("BEGIN TRANSACTION");
        try
        {
            work();
            Native.Execute("COMMIT");
            DataIsChanged();
            PublishCatalog();
        }
        catch
        {
            try
            {
                Native.Execute("ROLLBACK");
            }
            catch (DuckException)
            {
                // The first error is the one to report.
            }

            if (_catalogChanged)
            {
                ReloadCatalog();
            }

            throw;
        }
    }

    internal void CatalogIsChanged() => _catalogChanged = true;

    internal string TemporaryName(string name) =>
        "temp.main." + Quote.Name(FormattableString.Invariant($"{name}_{++_temporaries}"));

    internal void Print(string message) => Message?.Invoke(message);

    public void Dispose()
    {
        Rollback();
        foreach (var program in _scripts.Values.Concat(_procedures.Values))
        {
            program.Dispose();
        }

        Native.Dispose();
        _shared.Dispose();
    }

    private static string OpenMessage(string path, string message) =>
        message.Contains("lock", StringComparison.OrdinalIgnoreCase)
            ? $"The database file '{path}' is in use by another process."
            : message.Contains("not a valid DuckDB", StringComparison.OrdinalIgnoreCase)
                || message.Contains("corrupt", StringComparison.OrdinalIgnoreCase)
                || message.Contains("checksum", StringComparison.OrdinalIgnoreCase)
                || message.Contains("Serialization", StringComparison.OrdinalIgnoreCase)
                ? $"The file '{path}' is no database of the local engine, or it is damaged."
                : $"The database '{path}' cannot be opened: {message}";

    private static void Forget(Dictionary<string, Program> programs)
    {
        foreach (var (text, program) in programs.Where(static p => p.Value.Users == 0).ToList())
        {
            program.Dispose();
            programs.Remove(text);
        }
    }

    private void PublishCatalog()
    {
        if (_catalogChanged)
        {
            _catalogChanged = false;
            _catalogVersion = _shared.CatalogChanged();
        }
    }

    private void ReloadCatalog()
    {
        _catalogChanged = false;
        _catalogVersion = _shared.CatalogVersion;
        Catalog = Catalog.Load(Native);
        Forget(_procedures);
    }

    private void ForgetLostTemporaries()
    {
        foreach (var (name, table) in Temporaries.ToList())
        {
            if (!Exists(table))
            {
                Temporaries.Remove(name);
            }
        }
    }

    internal bool Exists(CatalogObject temporary)
    {
        try
        {
            using var statement = Native.Prepare($"SELECT 1 FROM {temporary.NativeName} LIMIT 0");
            return true;
        }
        catch (DuckException)
        {
            return false;
        }
    }
}

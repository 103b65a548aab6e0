using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>
/// A translated statement that is kept with its program, and what it was translated against: it serves as long as the
/// catalog, the types of its variables and its temporary tables are the same.
/// </summary>
internal sealed class Plan(
    Translation translation, IReadOnlyList<SelectSetVariable> targets, Catalog catalog, RecordingScope scope) : IDisposable
{
    private readonly int _catalogVersion = catalog.Version;
    private readonly bool _readsTables = translation.Sql.Contains("FROM", StringComparison.Ordinal);
    private DuckStatement? _prepared;
    private int _dataVersion;

    internal Translation Translation { get; } = translation;

    /// <summary>The variables that a SELECT @x = … assigns.</summary>
    internal IReadOnlyList<SelectSetVariable> Targets { get; } = targets;

    /// <summary>Whether the statement would be translated to the same text now.</summary>
    internal bool Serves(ITranslationScope now)
    {
        if (!ReferenceEquals(catalog, now.Catalog) || _catalogVersion != now.Catalog.Version)
        {
            return false;
        }

        foreach (var (name, type) in scope.Variables)
        {
            if (now.VariableType(name) != type)
            {
                return false;
            }
        }

        foreach (var (name, table) in scope.Temporaries)
        {
            if (!ReferenceEquals(now.Temporary(name), table))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The statement, prepared once for a state of the data. DuckDB decides at preparation what the statistics of a
    /// table rule out (a filter on a value beyond the largest one becomes an empty result), and keeps to it when rows
    /// have come since: after any change it prepares again. What reads no table is prepared once.
    /// </summary>
    internal DuckStatement Prepared(DuckConnection connection, int dataVersion)
    {
        if (_prepared is not null && (_dataVersion == dataVersion || !_readsTables))
        {
            return _prepared;
        }

        _prepared?.Dispose();
        _prepared = null;
        _dataVersion = dataVersion;
        return _prepared = connection.Prepare(Translation.Sql);
    }

    public void Dispose()
    {
        _prepared?.Dispose();
        _prepared = null;
    }
}

/// <summary>Notes which variables and temporary tables a translation asked for.</summary>
internal sealed class RecordingScope(ITranslationScope inner) : ITranslationScope
{
    internal Dictionary<string, SqlType?> Variables { get; } = new(StringComparer.Ordinal);

    internal Dictionary<string, CatalogObject?> Temporaries { get; } = new(StringComparer.Ordinal);

    public Catalog Catalog => inner.Catalog;

    public bool EnforceConstraints => inner.EnforceConstraints;

    public SqlType? VariableType(string name) => Variables[name] = inner.VariableType(name);

    public CatalogObject? Temporary(string name) => Temporaries[name] = inner.Temporary(name);
}

/// <summary>
/// A batch or a procedure body, ready to run: its steps, and the plans of its statements as far as they have run. It
/// belongs to one session, as its prepared statements do.
/// </summary>
internal sealed class Program(InstructionList list) : IDisposable
{
    private readonly Dictionary<TSqlFragment, Plan> _plans = new(ReferenceEqualityComparer.Instance);

    internal IReadOnlyList<Instruction> Steps => list.Steps;

    /// <summary>Frames that run it now: a program in use keeps its prepared statements.</summary>
    internal int Users { get; set; }

    /// <summary>The catalog against which names and types of all statements were checked last.</summary>
    internal (Catalog Catalog, int Version)? Checked { get; set; }

    internal Plan? Find(TSqlFragment statement, ITranslationScope scope)
    {
        if (!_plans.TryGetValue(statement, out var plan))
        {
            return null;
        }

        if (plan.Serves(scope))
        {
            return plan;
        }

        plan.Dispose();
        _plans.Remove(statement);
        return null;
    }

    internal void Keep(TSqlFragment statement, Plan plan) => _plans[statement] = plan;

    public void Dispose()
    {
        foreach (var plan in _plans.Values)
        {
            plan.Dispose();
        }

        _plans.Clear();
    }
}

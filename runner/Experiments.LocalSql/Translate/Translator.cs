using System.Globalization;
using System.Runtime.CompilerServices;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <summary>What a translation may look up: the catalog, the variables, the temporary tables in reach.</summary>
internal interface ITranslationScope
{
    /// <summary>The database's objects.</summary>
    Catalog Catalog { get; }

    /// <summary>Whether PRIMARY KEY, UNIQUE and CHECK are enforced.</summary>
    bool EnforceConstraints { get; }

    /// <summary>The type of a declared variable (name with @), null where there is none.</summary>
    SqlType? VariableType(string name);

    /// <summary>A temporary table (#t) or table variable (@t) in reach, null where there is none.</summary>
    CatalogObject? Temporary(string name);
}

/// <summary>A statement ready for DuckDB: its text, the values to bind ($1, $2, …) and the columns it returns.</summary>
internal sealed record Translation(
    string Sql, IReadOnlyList<ParameterSlot> Parameters, IReadOnlyList<ResultColumn>? Columns)
{
    /// <summary>Where OUTPUT … INTO puts the rows, null where they go to the reader.</summary>
    internal OutputTarget? Into { get; init; }

    /// <summary>What runs after the text, without parameters; the last statement gives the rows.</summary>
    internal IReadOnlyList<string> Then { get; init; } = [];

    /// <summary>The table that the statement changes, null where it reads only.</summary>
    internal CatalogObject? Target { get; init; }
}

/// <summary>The table and columns of OUTPUT … INTO.</summary>
internal sealed record OutputTarget(CatalogObject Table, IReadOnlyList<CatalogColumn> Columns);

/// <summary>A value bound when the statement runs: a variable (@x), a global (@@ROWCOUNT) or a function (ERROR_LINE).</summary>
internal sealed record ParameterSlot(string Name, SqlType Type);

/// <summary>
/// Translates one T-SQL statement into DuckDB SQL. Names are resolved and types derived by T-SQL's rules first, so that
/// the text it writes leaves DuckDB nothing to guess: every column qualified, every conversion explicit. Whatever it
/// does not know is refused by name. One instance serves one statement.
/// </summary>
internal sealed partial class Translator
{
    private readonly ITranslationScope _context;
    private readonly List<ParameterSlot> _parameters = [];
    private readonly Dictionary<string, BoundExpression> _arguments = new(StringComparer.Ordinal);
    private readonly List<Dictionary<string, IReadOnlyList<SourceColumn>>> _commonTables = [];
    private readonly Dictionary<(string Query, string Column), string> _selected = [];
    private readonly bool _isDefinition;
    private int _generated;
    private Clause _clause = Clause.Select;

    /// <param name="context">What names mean.</param>
    /// <param name="isDefinition">Whether the text becomes a view, which can hold no bound values.</param>
    internal Translator(ITranslationScope context, bool isDefinition = false)
    {
        _context = context;
        _isDefinition = isDefinition;
    }

    private enum Clause
    {
        Select,
        From,
        Where,
        GroupBy,
        Having,
        OrderBy,
        Aggregate,
        Scalar,
    }

    /// <summary>Ends in error 191 where one more level of nesting might exhaust the stack.</summary>
    private static T OnStack<T>(T fragment)
        where T : TSqlFragment => RuntimeHelpers.TryEnsureSufficientExecutionStack()
            ? fragment
            : throw Parsed.TooDeep(fragment.StartLine, fragment.StartColumn);

    internal IReadOnlyList<ParameterSlot> Parameters => _parameters;

    private string Generated(string prefix) =>
        "_" + prefix + (++_generated).ToString(CultureInfo.InvariantCulture);

    /// <summary>The text that reads a bound value; one slot a name, so that equal expressions stay equal.</summary>
    private string Slot(string name, SqlType type)
    {
        var index = _parameters.FindIndex(p => string.Equals(p.Name, name, StringComparison.Ordinal));
        if (index < 0)
        {
            _parameters.Add(new ParameterSlot(name, type));
            index = _parameters.Count - 1;
        }

        return string.Create(CultureInfo.InvariantCulture, $"CAST(${index + 1} AS {TypeRules.Native(type)})");
    }

    private T In<T>(Clause clause, Func<T> work)
    {
        var saved = _clause;
        _clause = clause;
        try
        {
            return work();
        }
        finally
        {
            _clause = saved;
        }
    }
}

using System.Collections.Frozen;
using System.Text;
using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Translate;
using Experiments.LocalSql.Tsqlt;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql;

/// <summary>What the local engine accepts, read from the tables that it runs by. Anything else is refused by name.</summary>
public static class Reference
{
    /// <summary>Clauses: parts of a statement that are read where they stand, by the name of their node.</summary>
    internal static readonly FrozenDictionary<string, string> Clauses = new Dictionary<string, string>
    {
        [nameof(WithCtesAndXmlNamespaces)] = "WITH",
        [nameof(CommonTableExpression)] = "common tables, recursive ones too",
        [nameof(SelectScalarExpression)] = "columns with and without alias",
        [nameof(SelectStarExpression)] = "*, t.*",
        [nameof(SelectSetVariable)] = "@x = column",
        [nameof(TopRowFilter)] = "TOP (n) [WITH TIES]",
        [nameof(FromClause)] = "FROM",
        [nameof(WhereClause)] = "WHERE",
        [nameof(GroupByClause)] = "GROUP BY",
        [nameof(HavingClause)] = "HAVING",
        [nameof(OrderByClause)] = "ORDER BY",
        [nameof(OffsetClause)] = "OFFSET … FETCH",
        [nameof(OverClause)] = "OVER (PARTITION BY … ORDER BY …)",
        [nameof(WindowFrameClause)] = "ROWS and RANGE frames",
        [nameof(WithinGroupClause)] = "WITHIN GROUP",
        [nameof(QueryParenthesisExpression)] = "( query )",
        [nameof(OutputClause)] = "OUTPUT inserted.*, deleted.*",
        [nameof(OptimizerHint)] = "OPTION (MAXRECURSION n, RECOMPILE, …)",
        [nameof(TableHint)] = "table hints (taken, without effect)",
        [nameof(NullableConstraintDefinition)] = "NOT NULL",
        [nameof(DefaultConstraintDefinition)] = "DEFAULT",
        [nameof(UniqueConstraintDefinition)] = "PRIMARY KEY, UNIQUE",
        [nameof(CheckConstraintDefinition)] = "CHECK",
        [nameof(ForeignKeyConstraintDefinition)] = "FOREIGN KEY (recorded)",
        [nameof(IdentityOptions)] = "IDENTITY",
        [nameof(ExecutableProcedureReference)] = "EXECUTE procedure, with named, default and OUTPUT parameters",
        [nameof(ExecutableStringList)] = "EXECUTE (text)",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Names of node types and of their kinds that the engine accepts: each has a case in the behaviour suite.</summary>
    internal static IReadOnlyList<string> Nodes =>
    [
        .. NodeTypes.Select(static t => t.Name),
        .. Clauses.Keys,
        .. Translator.Operators.Keys.Select(static k => k.ToString()),
        .. Translator.Signs.Keys.Select(static k => k.ToString()),
        .. Translator.Joins.Keys.Select(static k => k.ToString()),
        .. Translator.Applications.Keys.Select(static k => k.ToString()),
        .. Translator.SetOperations.Keys.Select(static k => k.Kind + (k.All ? "All" : "")),
        .. Translator.Comparisons.Keys.Select(static k => k.ToString()),
        .. SessionValues.Globals.Keys,
    ];

    private static IEnumerable<Type> NodeTypes =>
    [
        .. BatchRun.Statements.Keys,
        .. InstructionList.ControlFlow.Keys,
        .. Translator.Expressions.Keys,
        .. Translator.Predicates.Keys,
        .. Translator.Tables.Keys,
        .. Translator.Groupings.Keys,
    ];

    /// <summary>The list as a Markdown table: a row for each kind of construct.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder("| | accepted |\n|---|---|\n");
        foreach (var (title, items) in Rows())
        {
            text.Append("| ").Append(title).Append(" | ")
                .AppendJoin("; ", items.Select(static i => i.Replace("|", "\\|", StringComparison.Ordinal)))
                .Append(" |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<(string Title, IEnumerable<string> Items)> Rows() =>
    [
        ("statements", BatchRun.Statements.Values.Select(static s => s.Name).Distinct().Order(StringComparer.Ordinal)),
        ("control flow", InstructionList.ControlFlow.Values.Select(static s => s.Name).Order(StringComparer.Ordinal)),
        ("clauses", Clauses.Values.Order(StringComparer.Ordinal)),
        ("in FROM", Translator.Tables.Values.Select(static t => t.Name)
            .Where(static n => !n.Contains("JOIN … ON", StringComparison.Ordinal) && n != Translator.UnqualifiedJoins)
            .Concat(Translator.Joins.Values).Concat(Translator.Applications.Values).Order(StringComparer.Ordinal)),
        ("between queries", Translator.SetOperations.Values.Order(StringComparer.Ordinal)),
        ("in GROUP BY", Translator.Groupings.Values.Select(static g => g.Name).Order(StringComparer.Ordinal)),
        ("expressions", Translator.Expressions.Values.Select(static e => e.Name).Order(StringComparer.Ordinal)),
        ("predicates", Translator.Predicates.Values.Select(static p => p.Name).Order(StringComparer.Ordinal)),
        ("types", TypeRules.Names.Order(StringComparer.Ordinal)),
        ("scalar functions", Functions.Scalars.Keys.Order(StringComparer.Ordinal)),
        ("aggregates", Functions.Aggregates.Where(static a => !a.Value.NeedsOver).Select(static a => a.Key)
            .Order(StringComparer.Ordinal)),
        ("window functions", Functions.Aggregates.Where(static a => a.Value.NeedsOver).Select(static a => a.Key)
            .Order(StringComparer.Ordinal)),
        ("date parts", Functions.DateParts.GroupBy(static p => p.Value)
            .Select(static g => string.Join(" = ", g.Select(static p => p.Key).OrderByDescending(static k => k.Length)))
            .Order(StringComparer.Ordinal)),
        ("session variables", SessionValues.Globals.Keys.Order(StringComparer.Ordinal)),
        ("procedures of the server", BatchRun.SystemProcedures.Keys.Order(StringComparer.Ordinal)),
        ("catalog views", SystemViews.All.Select(static v => v.Schema + "." + v.Name).Order(StringComparer.Ordinal)),
        ("tSQLt", TsqltProcedures.Names),
    ];
}

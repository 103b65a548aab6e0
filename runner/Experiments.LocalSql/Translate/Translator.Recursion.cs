using System.Globalization;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <content>Recursive common table expressions, with the server's limit on their depth.</content>
internal sealed partial class Translator
{
    /// <summary>The hidden column of a recursive common table expression that counts its depth.</summary>
    private const string Depth = "\0depth";

    private const int DeepestByDefault = 100;

    private (QuerySpecification Step, string Table)? _recursion;
    private int _deepest = DeepestByDefault;

    private static bool IsHidden(SourceColumn column) => column.Name is RowId or Depth;

    /// <summary>The members before and after the first one that names the table itself; null where none does.</summary>
    private static (List<QueryExpression> Anchors, List<QuerySpecification> Steps)? RecursiveParts(CommonTableExpression table)
    {
        var name = table.ExpressionName.Value;
        var anchors = new List<QueryExpression>();
        var steps = new List<QuerySpecification>();
        if (!Mentions(table.QueryExpression, name))
        {
            return null;
        }

        var members = Members(table.QueryExpression).ToList();
        if (members.Count == 1)
        {
            throw Refuse.At(table, 252, $"Recursive common table expression '{name}' does not contain a top-level UNION ALL operator.");
        }

        foreach (var member in members)
        {
            if (!Mentions(member, name))
            {
                anchors.Add(steps.Count == 0
                    ? member
                    : throw Refuse.At(member, 247, $"An anchor member was found in the recursive part of recursive query \"{name}\"."));
                continue;
            }

            steps.Add(Unwrapped(member) as QuerySpecification
                ?? throw Refuse.Construct(member, Describe(member)));
        }

        return anchors.Count > 0
            ? (anchors, steps)
            : throw Refuse.At(table, 246, $"No anchor member was specified for recursive query \"{name}\".");
    }

    private static IEnumerable<QueryExpression> Members(QueryExpression query) => Unwrapped(query) switch
    {
        BinaryQueryExpression { BinaryQueryExpressionType: BinaryQueryExpressionType.Union, All: true } b =>
            Members(b.FirstQueryExpression).Concat(Members(b.SecondQueryExpression)),
        var single => [single],
    };

    private static bool Mentions(TSqlFragment fragment, string name)
    {
        var visitor = new TableNames(name);
        fragment.Accept(visitor);
        return visitor.Found;
    }

    private string Recursive(
        CommonTableExpression table, List<QueryExpression> anchors, List<QuerySpecification> steps,
        Dictionary<string, IReadOnlyList<SourceColumn>> names)
    {
        var name = table.ExpressionName.Value;
        var first = Query(anchors[0], new Scope(null), isNested: true);
        var columns = Renamed(first, table.Columns, name, table);

        // What a step adds may be NULL where the anchor is not.
        columns = [.. columns.Select(static c => c with { IsNullable = true })];
        var texts = anchors.ConvertAll(a =>
        {
            var query = ReferenceEquals(a, anchors[0]) ? first : Query(a, new Scope(null), isNested: true);
            RequireTypes(query, columns, name, a);
            var alias = Generated("r");
            return $"SELECT {alias}.*, 0 FROM ({query.Sql}) AS {alias}";
        });
        names.Add(name, [.. columns, new SourceColumn(Depth, SqlType.Int, false, "")]);
        var saved = _recursion;
        foreach (var step in steps)
        {
            RequirePlainStep(step, name);
            _recursion = (step, name);
            var query = Query(step, new Scope(null), isNested: true);
            RequireTypes(query, columns, name, step);
            texts.Add(query.Sql);
        }

        _recursion = saved;

        // Where the table is read afterwards its depth is no column of it.
        names[name] = columns;
        return $"{Quote.Name(name)}({string.Join(", ", columns.Select(static c => Quote.Name(c.Name)))}, {Quote.Name("_depth")}) AS ("
            + string.Join(" UNION ALL ", texts.Take(anchors.Count).Select(static t => "(" + t + ")"))
            + " UNION ALL (" + string.Join(" UNION ALL ", texts.Skip(anchors.Count).Select(static t => "(" + t + ")")) + "))";
    }

    /// <summary>The depth of a new row: one more than that of the row it comes from, or error 530.</summary>
    private string Deeper(Scope scope, (QuerySpecification Step, string Table) recursion)
    {
        var sources = scope.Sources.Where(static s => s.Columns.Any(static c => c.Name == Depth)).ToList();
        if (sources.Count != 1)
        {
            throw Refuse.At(recursion.Step, 253,
                $"Recursive member of a common table expression '{recursion.Table}' has multiple recursive references.");
        }

        var depth = Quote.Name(sources[0].Alias) + "." + Quote.Name("_depth");
        return _deepest == 0
            ? depth + " + 1"
            : string.Create(CultureInfo.InvariantCulture,
                $"CASE WHEN {depth} >= {_deepest} THEN error('[530] The statement terminated. The maximum recursion {_deepest} has been exhausted before statement completion.') ELSE {depth} + 1 END");
    }

    private static void RequireTypes(BoundQuery query, List<SourceColumn> columns, string table, TSqlFragment at)
    {
        if (query.Columns.Count != columns.Count)
        {
            throw Refuse.At(at, 205,
                "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.");
        }

        for (var i = 0; i < columns.Count; i++)
        {
            if (query.Columns[i].Type != columns[i].Type && query.Columns[i].Type.Kind != SqlKind.Null)
            {
                throw Refuse.At(at, 240,
                    $"Types don't match between the anchor and the recursive part in column \"{columns[i].Name}\" of recursive query \"{table}\".");
            }
        }
    }

    private static void RequirePlainStep(QuerySpecification step, string table)
    {
        if (step.UniqueRowFilter == UniqueRowFilter.Distinct)
        {
            throw Refuse.At(step, 460, $"DISTINCT operator is not allowed in the recursive part of a recursive common table expression '{table}'.");
        }

        if (step.TopRowFilter is not null || step.OffsetClause is not null)
        {
            throw Refuse.At(step, 461, $"The TOP or OFFSET operator is not allowed in the recursive part of a recursive common table expression '{table}'.");
        }

        if (step.GroupByClause is not null || step.HavingClause is not null)
        {
            throw Refuse.At(step, 467, $"GROUP BY, HAVING, or aggregate functions are not allowed in the recursive part of a recursive common table expression '{table}'.");
        }
    }

    /// <summary>Reads MAXRECURSION before the statement is translated.</summary>
    private void Depths(IList<OptimizerHint> hints)
    {
        foreach (var hint in hints)
        {
            if (hint is LiteralOptimizerHint { HintKind: OptimizerHintKind.MaxRecursion, Value: { } value })
            {
                _deepest = int.Parse(value.Value, CultureInfo.InvariantCulture);
            }
        }
    }

    private sealed class TableNames(string name) : TSqlFragmentVisitor
    {
        internal bool Found { get; private set; }

        public override void Visit(NamedTableReference node) =>
            Found |= node.SchemaObject.SchemaIdentifier is null
                && string.Equals(node.SchemaObject.BaseIdentifier.Value, name, StringComparison.Ordinal);
    }
}

using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <content>The rule that a grouped query reads columns only in groups or inside aggregates.</content>
internal sealed partial class Translator
{
    private const string Remedy = "because it is not contained in either an aggregate function or the GROUP BY clause.";

    /// <summary>Checks every clause of a query that groups; errors 8120, 8121 and 8127 at the column's place.</summary>
    private void RequireGrouped(QuerySpecification query, Scope scope)
    {
        if (query.GroupByClause is null && query.HavingClause is null && !HasAggregate(query))
        {
            return;
        }

        var groups = new HashSet<string>(StringComparer.Ordinal);
        foreach (var specification in query.GroupByClause?.GroupingSpecifications ?? [])
        {
            Groups(specification, scope, groups);
        }

        foreach (var element in query.SelectElements)
        {
            RequireGrouped(element, scope, groups, 8120, "is invalid in the select list " + Remedy);
        }

        if (query.HavingClause is { } having)
        {
            RequireGrouped(having, scope, groups, 8121, "is invalid in the HAVING clause " + Remedy);
        }

        foreach (var order in query.OrderByClause?.OrderByElements ?? [])
        {
            // A name alone may be a column of the select list.
            if (order.Expression is ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var name] }
                && query.SelectElements.OfType<SelectScalarExpression>().Any(e => string.Equals(
                    e.ColumnName?.Value ?? ImpliedName(e.Expression), name.Value, StringComparison.Ordinal)))
            {
                continue;
            }

            RequireGrouped(order, scope, groups, 8127, "is invalid in the ORDER BY clause " + Remedy);
        }
    }

    /// <summary>Expressions that the totals of ROLLUP, CUBE and GROUPING SETS make NULL; null for a plain GROUP BY.</summary>
    private HashSet<string>? Nulled(GroupByClause? clause, Scope scope)
    {
        if (clause is null || clause.GroupingSpecifications.All(
            static g => g is ExpressionGroupingSpecification or CompositeGroupingSpecification))
        {
            return null;
        }

        var groups = new HashSet<string>(StringComparer.Ordinal);
        foreach (var specification in clause.GroupingSpecifications)
        {
            Groups(specification, scope, groups);
        }

        return groups;
    }

    private static bool HasAggregate(QuerySpecification query)
    {
        foreach (var element in query.SelectElements)
        {
            var finder = new CoveredParts(null);
            element.Accept(finder);
            if (finder.HasAggregate)
            {
                return true;
            }
        }

        return false;
    }

    private void Groups(GroupingSpecification specification, Scope scope, HashSet<string> groups)
    {
        switch (specification)
        {
            case ExpressionGroupingSpecification g:
                groups.Add(Bare(Expression(g.Expression, scope).Sql));
                break;
            case CompositeGroupingSpecification g:
                Each(g.Items);
                break;
            case RollupGroupingSpecification g:
                Each(g.Arguments);
                break;
            case CubeGroupingSpecification g:
                Each(g.Arguments);
                break;
            case GroupingSetsGroupingSpecification g:
                Each(g.Sets);
                break;
            case GrandTotalGroupingSpecification:
                break;
            default:
                throw Refuse.Construct(specification, Describe(specification));
        }

        void Each(IEnumerable<GroupingSpecification> parts)
        {
            foreach (var part in parts)
            {
                Groups(part, scope, groups);
            }
        }
    }

    private void RequireGrouped(TSqlFragment clause, Scope scope, HashSet<string> groups, int number, string why)
    {
        var visitor = new CoveredParts(expression => groups.Contains(Bare(Expression(expression, scope).Sql)));
        clause.Accept(visitor);
        foreach (var column in visitor.Columns)
        {
            if (visitor.Covers(column) || !scope.Owns(column.MultiPartIdentifier))
            {
                continue;
            }

            throw Refuse.At(column, number,
                $"Column '{string.Join('.', column.MultiPartIdentifier.Identifiers.Select(static i => i.Value))}' {why}");
        }
    }

    /// <summary>A text without the parentheses around the whole of it.</summary>
    private static string Bare(string sql)
    {
        while (sql.Length > 1 && sql[0] == '(' && sql[^1] == ')')
        {
            var depth = 0;
            for (var i = 0; i < sql.Length - 1; i++)
            {
                depth += sql[i] switch { '(' => 1, ')' => -1, _ => 0 };
                if (depth == 0)
                {
                    return sql;
                }
            }

            sql = sql[1..^1];
        }

        return sql;
    }

    /// <summary>Columns of a clause, and the parts of it in which they need no group: aggregates, groups, subqueries.</summary>
    private sealed class CoveredParts(Func<ScalarExpression, bool>? isGroup) : TSqlFragmentVisitor
    {
        private readonly List<(int Start, int End)> _covered = [];
        private int _subqueryEnd = -1;

        internal List<ColumnReferenceExpression> Columns { get; } = [];

        internal bool HasAggregate { get; private set; }

        internal bool Covers(TSqlFragment fragment) =>
            _covered.Exists(c => fragment.StartOffset >= c.Start && fragment.StartOffset < c.End);

        public override void Visit(QuerySpecification node)
        {
            Cover(node);
            _subqueryEnd = Math.Max(_subqueryEnd, node.StartOffset + node.FragmentLength);
        }

        public override void Visit(FunctionCall node)
        {
            if (node.StartOffset < _subqueryEnd)
            {
                return;
            }

            var name = node.FunctionName.Value.ToUpperInvariant();
            if (Functions.Aggregates.TryGetValue(name, out var rule) && !rule.NeedsOver && node.OverClause is null
                || name is "GROUPING" or "GROUPING_ID")
            {
                HasAggregate = true;
                Cover(node);
            }
        }

        public override void Visit(ScalarExpression node)
        {
            if (isGroup is null || Covers(node) || node is Literal or VariableReference || node.StartOffset < _subqueryEnd)
            {
                return;
            }

            // A star, the word of a date part and the like are no expressions.
            if (node is ColumnReferenceExpression { MultiPartIdentifier: null })
            {
                return;
            }

            try
            {
                if (isGroup(node))
                {
                    Cover(node);
                }
            }
            catch (LocalSqlException)
            {
                // What is wrong with it, translating the clause as a whole has said or will say.
            }
        }

        public override void Visit(ColumnReferenceExpression node)
        {
            if (node is { ColumnType: ColumnType.Regular, MultiPartIdentifier: not null })
            {
                Columns.Add(node);
            }
        }

        private void Cover(TSqlFragment node) => _covered.Add((node.StartOffset, node.StartOffset + node.FragmentLength));
    }
}

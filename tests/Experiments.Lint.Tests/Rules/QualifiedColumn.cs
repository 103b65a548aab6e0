using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 5: qualify every column where there is more than one source, those of enclosing queries included.</summary>
internal sealed class QualifiedColumn() : Rule(
    "qualified-column", "the column is not qualified, and there is more than one source", "write source.column")
{
    private static readonly FrozenSet<string> TakesDatePart = FrozenSet.ToFrozenSet(
        ["DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATEPART", "DATENAME", "DATETRUNC"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        from column in script.All<ColumnReferenceExpression>()
        where column is { ColumnType: ColumnType.Regular, MultiPartIdentifier.Identifiers.Count: 1 }
            && !IsDatePart(script, column) && !IsTargetOrAlias(script, column)
        where Visible(script, column) > 1
        select Hit.At(column);

    private static bool IsDatePart(Script script, ColumnReferenceExpression column) =>
        script.Parent(column) is FunctionCall call && TakesDatePart.Contains(call.FunctionName.Value)
        && ReferenceEquals(call.Parameters[0], column);

    private static bool IsTargetOrAlias(Script script, ColumnReferenceExpression column) => script.Parent(column) switch
    {
        InsertSpecification => true,
        AssignmentSetClause set => ReferenceEquals(set.Column, column),
        ExpressionWithSortOrder sort when script.Parent(sort) is OrderByClause order && script.Parent(order) is QuerySpecification query =>
            query.SelectElements.OfType<SelectScalarExpression>()
                .Any(e => string.Equals(e.ColumnName?.Value, column.MultiPartIdentifier.Identifiers[0].Value, StringComparison.Ordinal)),
        ExpressionWithSortOrder sort => script.Parent(sort) is OrderByClause order && script.Parent(order) is BinaryQueryExpression,
        _ => false,
    };

    private static int Visible(Script script, ColumnReferenceExpression column)
    {
        var count = 0;
        foreach (var ancestor in script.Ancestors(column))
        {
            count += Sources.Of(ancestor).Count();

            // A derived table sees the queries around it only behind APPLY; a common table expression never does.
            if (ancestor is CommonTableExpression
                || (ancestor is QueryDerivedTable && script.Parent(ancestor) is not UnqualifiedJoin
                {
                    UnqualifiedJoinType: UnqualifiedJoinType.CrossApply or UnqualifiedJoinType.OuterApply,
                }))
            {
                break;
            }
        }

        return count;
    }
}

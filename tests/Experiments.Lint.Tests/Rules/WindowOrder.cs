using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 13: ROW_NUMBER, LAG, LEAD and their like have an ORDER BY that names columns (a constant is error 5308).</summary>
internal sealed class WindowOrder() : Rule("window-order", "the window function has no order", "write ORDER BY and end it in a unique key")
{
    private static readonly FrozenSet<string> Ordered = FrozenSet.ToFrozenSet(
        ["ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "PERCENT_RANK", "CUME_DIST"],
        StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where Ordered.Contains(call.FunctionName.Value) && call.OverClause is { } over
            && (over.OrderByClause is null || over.OrderByClause.OrderByElements.All(e => IsConstant(script, e.Expression)))
        select Hit.At(call);

    private static bool IsConstant(Script script, ScalarExpression expression) =>
        !script.Below<ColumnReferenceExpression>(expression).Any();
}

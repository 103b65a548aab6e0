using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 13; TOP (0) makes an empty copy and needs no order.</summary>
internal sealed class TopOrder() : Rule("top-order", "TOP without ORDER BY takes any rows", "order by a unique key")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from query in script.All<QuerySpecification>()
        where query.TopRowFilter is not null && query.OrderByClause is null
            && query.TopRowFilter.Expression is not (IntegerLiteral { Value: "0" } or ParenthesisExpression { Expression: IntegerLiteral { Value: "0" } })
        select Hit.At(query.TopRowFilter);
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, Views and error 1033: no ORDER BY in a view, inline function, derived table or common table.</summary>
internal sealed class ViewOrder() : Rule("view-order", "an order inside is none outside", "order where the rows are read")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from query in script.All<QueryExpression>()
        where query.OrderByClause is not null && script.Parent(query) switch
        {
            CommonTableExpression or QueryDerivedTable => !HasTop(query),
            SelectStatement statement => script.Parent(statement) is ViewStatementBody or SelectFunctionReturnType,
            InsertSource => !HasTop(query),
            _ => false,
        }
        select Hit.At(query.OrderByClause);

    private static bool HasTop(QueryExpression query) => query.OffsetClause is not null || query is QuerySpecification { TopRowFilter: not null };
}

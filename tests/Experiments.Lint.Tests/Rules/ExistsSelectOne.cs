using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 6: SELECT 1 in EXISTS.</summary>
internal sealed class ExistsSelectOne() : Rule(
    "exists-select-one", "EXISTS looks at no column", "write SELECT 1")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from exists in script.All<ExistsPredicate>()
        let query = exists.Subquery.QueryExpression as QuerySpecification
        where query is not null && query.SelectElements is not [SelectStarExpression]
            && query.SelectElements is not [SelectScalarExpression { Expression: IntegerLiteral { Value: "1" }, ColumnName: null }]
        select Hit.At(query.SelectElements[0]);
}

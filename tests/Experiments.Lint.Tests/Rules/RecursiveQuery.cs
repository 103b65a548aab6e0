using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, Recursive CTE: forbidden in shared objects.</summary>
internal sealed class RecursiveQuery() : Rule(
    "recursive-query", "a common table expression reads itself", "write a WHILE loop or join a table of numbers", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from common in script.All<CommonTableExpression>()
        where script.Below<NamedTableReference>(common.QueryExpression).Any(t => t.SchemaObject.SchemaIdentifier is null
            && string.Equals(t.SchemaObject.BaseIdentifier.Value, common.ExpressionName.Value, StringComparison.Ordinal))
        select Hit.At(common);
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 14; PORTABLE_TSQL, PIVOT/UNPIVOT.</summary>
internal sealed class Pivot() : Rule(
    "pivot", "PIVOT and UNPIVOT are not portable", "write CASE inside an aggregate, or CROSS APPLY (VALUES …)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<TableReference>().Where(static t => t is PivotedTableReference or UnpivotedTableReference).Select(static t => Hit.At(t));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, COUNT(DISTINCT) OVER.</summary>
internal sealed class CountDistinctOver() : Rule("count-distinct-over", "the server has no DISTINCT in a window", "count in a grouped query and join it")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>().Where(static c => c.OverClause is not null && c.UniqueRowFilter == UniqueRowFilter.Distinct)
            .Select(static c => Hit.At(c));
}

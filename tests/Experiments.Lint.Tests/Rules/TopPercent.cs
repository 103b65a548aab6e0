using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, TOP WITH TIES / PERCENT.</summary>
internal sealed class TopPercent() : Rule("top-percent", "TOP PERCENT is not portable", "count, or rank with ROW_NUMBER")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<TopRowFilter>().Where(static t => t.Percent).Select(static t => Hit.At(t));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, Hints: OPTION (RECOMPILE, MAXDOP) is dropped elsewhere, the rest is refused.</summary>
internal sealed class QueryHint() : Rule("query-hint", "the hint is not on every engine", "leave it out, or use RECOMPILE or MAXDOP")
{
    protected override IEnumerable<Hit> Find(Script script) => script.All<OptimizerHint>()
        .Where(static h => h.HintKind is not (OptimizerHintKind.Recompile or OptimizerHintKind.MaxDop))
        .Select(h => Hit.At(h.StartLine > 0 ? h : script.Ancestors(h).First(static a => a.StartLine > 0)));
}

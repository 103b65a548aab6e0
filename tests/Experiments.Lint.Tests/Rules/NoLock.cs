using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 14; PORTABLE_TSQL, Hints.</summary>
internal sealed class NoLock() : Rule("nolock", "the hint reads what may never have been", "leave it out")
{
    protected override IEnumerable<Hit> Find(Script script) => script.All<TableHint>()
        .Where(static h => h.HintKind is TableHintKind.NoLock or TableHintKind.ReadUncommitted or TableHintKind.ReadPast)
        .Select(static h => Hit.At(h));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 2: Fabric Warehouse has snapshot isolation alone.</summary>
internal sealed class IsolationLevel() : Rule(
    "isolation-level", "the isolation level cannot be chosen", "leave it out", Profile.Fabric)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<SetTransactionIsolationLevelStatement>().Select(static s => Hit.At(s))
            .Concat(script.All<TableHint>()
                .Where(static h => h.HintKind is TableHintKind.HoldLock or TableHintKind.Serializable or TableHintKind.RepeatableRead
                    or TableHintKind.ReadCommitted or TableHintKind.ReadCommittedLock or TableHintKind.ReadUncommitted
                    or TableHintKind.NoLock or TableHintKind.Snapshot)
                .Select(static h => Hit.At(h)));
}

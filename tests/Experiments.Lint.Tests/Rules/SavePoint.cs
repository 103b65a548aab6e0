using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, Transactions: SAVE TRAN is refused.</summary>
internal sealed class SavePoint() : Rule("savepoint", "savepoints are not on every engine", "use one transaction", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) => script.All<SaveTransactionStatement>().Select(static s => Hit.At(s));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 15: user errors by THROW.</summary>
internal sealed class RaiseError() : Rule("raiserror", "RAISERROR goes on after the error", "THROW 50001 or above")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<TSqlStatement>().Where(static s => s is RaiseErrorStatement or RaiseErrorLegacyStatement).Select(static s => Hit.At(s));
}

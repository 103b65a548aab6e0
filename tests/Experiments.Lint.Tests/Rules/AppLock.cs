using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 15: locks by sp_getapplock with @LockOwner = 'Transaction'.</summary>
internal sealed class AppLock() : Rule("app-lock", "the lock outlives the transaction", "pass @LockOwner = 'Transaction'")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<ExecutableProcedureReference>()
        where call.ProcedureReference.ProcedureReference?.Name.BaseIdentifier.Value == "sp_getapplock"
            && !call.Parameters.Any(static p => p.Variable?.Name == "@LockOwner" && p.ParameterValue is StringLiteral { Value: "Transaction" })
        select Hit.At(call);
}

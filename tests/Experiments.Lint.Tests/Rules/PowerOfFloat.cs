using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, LOG, SQRT, POWER domain: POWER on float only.</summary>
internal sealed class PowerOfFloat() : Rule("power-of-float", "POWER of an integer is an integer here", "CAST the base to float")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where string.Equals(call.FunctionName.Value, "POWER", StringComparison.OrdinalIgnoreCase) && call.Parameters.Count == 2
            && script.Types.Of(call.Parameters[0]) is Kind.Bit or Kind.Int or Kind.BigInt or Kind.Decimal
        select Hit.At(call);
}

using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, bit: SUM, AVG, MIN and MAX of it are error 8117.</summary>
internal sealed class BitAggregate() : Rule("bit-aggregate", "a bit cannot be aggregated", "write MAX(CAST(b AS int))")
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(["SUM", "AVG", "MIN", "MAX"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where Refused.Contains(call.FunctionName.Value) && call.Parameters.Count == 1
            && script.Types.Of(call.Parameters[0]) == Kind.Bit
        select Hit.At(call);
}

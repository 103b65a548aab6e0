using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, PERCENTILE_CONT OVER: the fraction is a constant.</summary>
internal sealed class PercentileFraction() : Rule("percentile-fraction", "the fraction of a percentile is a constant", "write it as a literal, or rank the values")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where call.FunctionName.Value.ToUpperInvariant() is "PERCENTILE_CONT" or "PERCENTILE_DISC" && call.Parameters[0] is not Literal
        select Hit.At(call.Parameters[0]);
}

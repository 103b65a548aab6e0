using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 10; PORTABLE_TSQL, AVG(int), SUM(int).</summary>
internal sealed class IntegerAggregate() : Rule(
    "integer-aggregate", "SUM of int overflows, AVG of integers truncates", "CAST to bigint or float inside")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where call.Parameters.Count == 1
        let kind = script.Types.Of(call.Parameters[0])
        where call.FunctionName.Value.ToUpperInvariant() switch
        {
            "SUM" => kind == Kind.Int,
            "AVG" => kind is Kind.Int or Kind.BigInt,
            _ => false,
        }
        select Hit.At(call);
}

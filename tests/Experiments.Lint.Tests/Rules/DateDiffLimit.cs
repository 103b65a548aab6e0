using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 12: a threshold compares times, never DATEDIFF against a limit; calendar days and months may be compared.</summary>
internal sealed class DateDiffLimit() : Rule("datediff-limit", "a number of boundaries is compared with a limit", "compare times: b < DATEADD(second, 30, a)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where string.Equals(call.FunctionName.Value, "DATEDIFF_BIG", StringComparison.OrdinalIgnoreCase)
            && script.Ancestors(call).TakeWhile(static a => a is not (QueryExpression or SelectElement or TSqlStatement))
                .Any(static a => a is BooleanComparisonExpression or BooleanTernaryExpression)
        select Hit.At(call);
}

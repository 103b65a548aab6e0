using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 12; PORTABLE_TSQL, DATEDIFF.</summary>
internal sealed class DateDiffUnit() : Rule(
    "datediff-unit", "DATEDIFF counts boundaries, and an int of small units overflows",
    "use day or month, or DATEDIFF_BIG(microsecond, a, b) / 1e6")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where call.Parameters is [ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [_] }, _, _]
        let unit = ((ColumnReferenceExpression)call.Parameters[0]).MultiPartIdentifier.Identifiers[0].Value.ToLowerInvariant()
        where call.FunctionName.Value.ToUpperInvariant() switch
        {
            "DATEDIFF" => unit is not ("day" or "month"),
            "DATEDIFF_BIG" => unit is not "microsecond",
            _ => false,
        }
        select Hit.At(call.Parameters[0]);
}

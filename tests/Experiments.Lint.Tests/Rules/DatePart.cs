using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 12; PORTABLE_TSQL, DATEPART weekday / DATETRUNC week.</summary>
internal sealed class DatePart() : Rule("date-part", "the part depends on DATEFIRST or on the language", "take it from a date table")
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(
        ["weekday", "dw", "w", "week", "wk", "ww", "iso_week", "isowk", "isoww"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where call.FunctionName.Value.ToUpperInvariant() is "DATEPART"
            && call.Parameters[0] is ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var part] } && Refused.Contains(part.Value)
        select Hit.At(call.Parameters[0]);
}

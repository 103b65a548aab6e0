using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 12; PORTABLE_TSQL, GETDATE/SYSDATETIME.</summary>
internal sealed class LocalClock() : Rule("local-clock", "the clock is local, or not of microseconds", "use SYSUTCDATETIME()")
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(
        ["GETDATE", "GETUTCDATE", "SYSDATETIME", "SYSDATETIMEOFFSET"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>().Where(static c => Refused.Contains(c.FunctionName.Value)).Select(static c => Hit.At(c))
            .Concat(script.All<ParameterlessCall>()
                .Where(static c => c.ParameterlessCallType == ParameterlessCallType.CurrentTimestamp).Select(static c => Hit.At(c)));
}

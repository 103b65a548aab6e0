using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, datetimeoffset, SWITCHOFFSET, AT TIME ZONE.</summary>
internal sealed class TimeZone() : Rule("time-zone", "AT TIME ZONE needs a table of zones that differs", "keep UTC; SWITCHOFFSET(…, 0) for values in flight")
{
    protected override IEnumerable<Hit> Find(Script script) => script.All<AtTimeZoneCall>().Select(static a => Hit.At(a));
}

using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, What parses but the server refuses: functions outside the 2019 table are error 195.</summary>
internal sealed class NewerFunction() : Rule("newer-function", "SQL Server 2019 has no such function", "write it with CASE, DATEADD or CAST")
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(
        ["GREATEST", "LEAST", "DATETRUNC", "GENERATE_SERIES", "DATE_BUCKET", "BIT_COUNT", "GET_BIT", "APPROX_PERCENTILE_CONT"],
        StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>()
            .Where(static c => Refused.Contains(c.FunctionName.Value)
                || (c.FunctionName.Value.ToUpperInvariant() is "LTRIM" or "RTRIM" && c.Parameters.Count > 1))
            .Select(static c => Hit.At(c))
            .Concat(script.All<GlobalFunctionTableReference>()
                .Where(static t => Refused.Contains(t.Name.Value)).Select(static t => Hit.At(t)));
}

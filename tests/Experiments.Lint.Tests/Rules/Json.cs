using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 16; PORTABLE_TSQL, JSON, XML.</summary>
internal sealed class Json() : Rule("json", "of JSON and XML only JSON_VALUE is on every engine", "read single values, CAST(JSON_VALUE(…) AS varchar(n))")
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(
        ["JSON_QUERY", "JSON_MODIFY", "JSON_OBJECT", "JSON_ARRAY", "JSON_PATH_EXISTS", "ISJSON"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>().Where(static c => Refused.Contains(c.FunctionName.Value)).Select(static c => Hit.At(c))
            .Concat(script.All<OpenJsonTableReference>().Select(static o => Hit.At(o)))
            .Concat(script.All<OpenXmlTableReference>().Select(static o => Hit.At(o)))
            .Concat(script.All<ForClause>().Where(f => script.Parent(f) is not ForClause).Select(static f => Hit.At(f)));
}

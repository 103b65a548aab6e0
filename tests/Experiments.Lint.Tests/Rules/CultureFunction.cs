using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, FORMAT, DATENAME.</summary>
internal sealed class CultureFunction() : Rule("culture-function", "the result depends on a language", "use CONVERT with a style, or CAST")
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(["FORMAT", "DATENAME", "STR", "PARSE"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>().Where(static c => Refused.Contains(c.FunctionName.Value)).Select(static c => Hit.At(c))
            .Concat(script.All<PrimaryExpression>().Where(static c => c is ParseCall or TryParseCall).Select(static c => Hit.At(c)));
}

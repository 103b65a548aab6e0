using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, TRY_CONVERT + style.</summary>
internal sealed class ConvertStyle() : Rule(
    "convert-style", "the style is not on every engine", "use style 23, 101, 103, 112, 120, 121 or 126, or CAST")
{
    private static readonly FrozenSet<string> Known = FrozenSet.ToFrozenSet(["23", "101", "103", "112", "120", "121", "126"], StringComparer.Ordinal);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ConvertCall>().Select(static c => c.Style).Concat(script.All<TryConvertCall>().Select(static c => c.Style))
            .Where(static s => s is not null && !(s is IntegerLiteral style && Known.Contains(style.Value)))
            .Select(static s => Hit.At(s));
}

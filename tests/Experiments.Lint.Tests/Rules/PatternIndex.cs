using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, SUBSTRING, CHARINDEX, PATINDEX.</summary>
internal sealed class PatternIndex() : Rule("pattern-index", "PATINDEX and SOUNDEX are not on every engine", "use CHARINDEX, or TRANSLATE to a shape")
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(["PATINDEX", "SOUNDEX", "DIFFERENCE"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>().Where(static c => Refused.Contains(c.FunctionName.Value)).Select(static c => Hit.At(c));
}

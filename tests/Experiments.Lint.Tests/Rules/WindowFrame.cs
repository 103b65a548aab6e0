using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 13: running windows state ROWS BETWEEN; without a frame the server takes RANGE, where ties count twice.</summary>
internal sealed class WindowFrame() : Rule("window-frame", "the running window does not say which rows", "write ROWS BETWEEN … AND …")
{
    private static readonly FrozenSet<string> Framed = FrozenSet.ToFrozenSet(
        ["SUM", "AVG", "MIN", "MAX", "COUNT", "COUNT_BIG", "STDEV", "STDEVP", "VAR", "VARP", "FIRST_VALUE", "LAST_VALUE"],
        StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where Framed.Contains(call.FunctionName.Value) && call.OverClause is { OrderByClause: not null } over
            && over.WindowFrameClause is not { WindowFrameType: WindowFrameType.Rows, Bottom: not null }
        select Hit.At(call);
}

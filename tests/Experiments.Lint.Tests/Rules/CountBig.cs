using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 10.</summary>
internal sealed class CountBig() : Rule("count-big", "COUNT is an int, which ends at 2147483647", "write COUNT_BIG")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>().Where(static c => string.Equals(c.FunctionName.Value, "COUNT", StringComparison.OrdinalIgnoreCase))
            .Select(static c => Hit.At(c));
}

using System.Globalization;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 16: literals above 2147483647 are numeric.</summary>
internal sealed class BigLiteral() : Rule("big-literal", "the literal is numeric(n, 0), not bigint", "write CAST(n AS bigint)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<Literal>()
            .Where(l => l is IntegerLiteral or NumericLiteral && l.Value.All(char.IsAsciiDigit)
                && !int.TryParse(l.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                && script.Parent(l) is not (CastCall or UnaryExpression))
            .Select(static l => Hit.At(l));
}

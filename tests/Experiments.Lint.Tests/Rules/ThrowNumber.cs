using System.Globalization;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 15: THROW 50001+, a sentence, 1.</summary>
internal sealed class ThrowNumber() : Rule("throw-number", "the error is not of ours", "THROW a number from 50001 on, a sentence, 1")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ThrowStatement>()
            .Where(static t => t.ErrorNumber is not null
                && !(t.ErrorNumber is IntegerLiteral number && int.Parse(number.Value, CultureInfo.InvariantCulture) is >= 50001 and < 60000
                    && t.State is IntegerLiteral { Value: "1" }))
            .Select(static t => Hit.At(t));
}

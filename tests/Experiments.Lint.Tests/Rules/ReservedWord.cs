using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 3: never a reserved word, so never brackets.</summary>
internal sealed class ReservedWord() : Rule(
    "reserved-word", "the name stands in brackets or quotes", "choose a name that is no reserved word and write it bare")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<Identifier>().Where(static i => i.QuoteType != QuoteType.NotQuoted).Select(static i => Hit.At(i));
}

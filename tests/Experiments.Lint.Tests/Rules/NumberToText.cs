using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, Number → text: style 0 keeps 6 digits, other engines all of them.</summary>
internal sealed class NumberToText() : Rule(
    "number-to-text", "a float becomes text with 6 digits here and all of them there", "CAST it AS varchar(n) where 6 digits are meant")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where call.FunctionName.Value.ToUpperInvariant() is "CONCAT" or "CONCAT_WS" or "STRING_AGG"
        from argument in call.Parameters
        where script.Types.Of(argument) == Kind.Float
        select Hit.At(argument);
}

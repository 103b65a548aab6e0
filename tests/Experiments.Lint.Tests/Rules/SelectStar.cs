using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 6.</summary>
internal sealed class SelectStar() : Rule(
    "select-star", "SELECT * follows every change of its source", "name the columns")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<SelectStarExpression>().Select(static n => Hit.At(n));
}

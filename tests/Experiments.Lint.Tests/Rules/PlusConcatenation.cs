using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 11; PORTABLE_TSQL, String +.</summary>
internal sealed class PlusConcatenation() : Rule(
    "plus-concatenation", "+ between texts is NULL with any NULL, and an addition with any number", "write CONCAT")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from sum in script.All<BinaryExpression>()
        where sum.BinaryExpressionType == BinaryExpressionType.Add
            && (IsText(script.Types.Of(sum.FirstExpression)) || IsText(script.Types.Of(sum.SecondExpression)))
        select Hit.At(sum);

    private static bool IsText(Kind kind) => kind is Kind.Text or Kind.Unicode;
}

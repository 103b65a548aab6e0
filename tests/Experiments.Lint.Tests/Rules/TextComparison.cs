using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, Implicit conversion: refuse text with number; STYLE 12: ISO literals with CAST.</summary>
internal sealed class TextComparison() : Rule(
    "text-comparison", "a text is compared with a number or a time", "CAST one side to the other's type")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<BooleanComparisonExpression>()
            .Where(c => Differ(script.Types.Of(c.FirstExpression), script.Types.Of(c.SecondExpression)))
            .Select(static c => Hit.At(c))
            .Concat(script.All<BooleanTernaryExpression>()
                .Where(c => Differ(script.Types.Of(c.FirstExpression), script.Types.Of(c.SecondExpression))
                    || Differ(script.Types.Of(c.FirstExpression), script.Types.Of(c.ThirdExpression)))
                .Select(static c => Hit.At(c)))
            .Concat(script.All<InPredicate>()
                .Where(p => p.Values.Any(v => Differ(script.Types.Of(p.Expression), script.Types.Of(v))))
                .Select(static p => Hit.At(p)));

    private static bool Differ(Kind a, Kind b) => (IsText(a) && IsOther(b)) || (IsOther(a) && IsText(b));

    private static bool IsText(Kind kind) => kind is Kind.Text or Kind.Unicode;

    private static bool IsOther(Kind kind) => kind is not (Kind.Unknown or Kind.Null or Kind.Text or Kind.Unicode);
}

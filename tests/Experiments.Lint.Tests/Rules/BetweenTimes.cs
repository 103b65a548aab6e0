using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 12: half-open ranges.</summary>
internal sealed class BetweenTimes() : Rule("between-times", "BETWEEN takes the last instant in", "write >= @from AND < @to")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<BooleanTernaryExpression>()
            .Where(e => new[] { e.FirstExpression, e.SecondExpression, e.ThirdExpression }
                .Any(x => script.Types.Of(x) is Kind.Time or Kind.Offset))
            .Select(static e => Hit.At(e));
}

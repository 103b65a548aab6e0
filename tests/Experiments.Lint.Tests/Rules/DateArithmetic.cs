using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, DATE − DATE: illegal for date and datetime2 on a server, days elsewhere.</summary>
internal sealed class DateArithmetic() : Rule(
    "date-arithmetic", "a date is added to or subtracted from as if it were a number", "use DATEADD, or DATEDIFF(day, a, b)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<BinaryExpression>()
            .Where(e => IsTime(script.Types.Of(e.FirstExpression)) || IsTime(script.Types.Of(e.SecondExpression)))
            .Select(static e => Hit.At(e));

    private static bool IsTime(Kind kind) => kind is Kind.Date or Kind.Time or Kind.Offset;
}

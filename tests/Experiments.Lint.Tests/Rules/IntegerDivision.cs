using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>
/// STYLE 10; PORTABLE_TSQL, Integer division. CAST(x AS bigint) / 86400 says that whole days are meant, and passes.
/// </summary>
internal sealed class IntegerDivision() : Rule("integer-division", "the division of integers drops the fraction", "CAST both sides to float")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from division in script.All<BinaryExpression>()
        where division.BinaryExpressionType == BinaryExpressionType.Divide
            && IsInteger(script.Types.Of(division.FirstExpression)) && IsInteger(script.Types.Of(division.SecondExpression))
            && !(division.FirstExpression is CastCall or TryCastCall && division.SecondExpression is IntegerLiteral)
        select Hit.At(division);

    private static bool IsInteger(Kind kind) => kind is Kind.Bit or Kind.Int or Kind.BigInt;
}

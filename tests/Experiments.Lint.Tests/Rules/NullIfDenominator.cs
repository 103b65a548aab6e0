using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 10; PORTABLE_TSQL, Division by zero.</summary>
internal sealed class NullIfDenominator() : Rule(
    "nullif-denominator", "the denominator may be 0: an error here, NULL or infinity there", "write NULLIF(…, 0)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<BinaryExpression>()
            .Where(static e => e.BinaryExpressionType is BinaryExpressionType.Divide or BinaryExpressionType.Modulo && !IsSafe(e.SecondExpression))
            .Select(static e => Hit.At(e.SecondExpression));

    private static bool IsSafe(ScalarExpression expression) => expression switch
    {
        Literal literal => literal.Value.Any(static c => c is >= '1' and <= '9'),
        NullIfExpression { SecondExpression: Literal zero } => !zero.Value.Any(static c => c is >= '1' and <= '9'),
        ParenthesisExpression e => IsSafe(e.Expression),
        UnaryExpression e => IsSafe(e.Expression),
        CastCall e => IsSafe(e.Parameter),
        FunctionCall { FunctionName.Value: "SQRT" } e => IsSafe(e.Parameters[0]),
        _ => false,
    };
}

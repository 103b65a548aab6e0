using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, decimal ÷ decimal, decimal × decimal, AVG(decimal); STYLE 10.</summary>
internal sealed class DecimalArithmetic() : Rule(
    "decimal-arithmetic", "the scale of the decimal result differs between engines", "CAST to float before")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<BinaryExpression>()
            .Where(e => e.BinaryExpressionType is BinaryExpressionType.Divide or BinaryExpressionType.Multiply
                && script.Types.Of(e) == Kind.Decimal)
            .Select(static e => Hit.At(e))
            .Concat(script.All<FunctionCall>()
                .Where(c => string.Equals(c.FunctionName.Value, "AVG", StringComparison.OrdinalIgnoreCase)
                    && c.Parameters.Count == 1 && script.Types.Of(c.Parameters[0]) == Kind.Decimal)
                .Select(static c => Hit.At(c)));
}

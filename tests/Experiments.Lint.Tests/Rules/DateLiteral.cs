using System.Globalization;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 12; PORTABLE_TSQL, Date literals: ISO with dashes, no offset.</summary>
internal sealed class DateLiteral() : Rule("date-literal", "the literal is read by the login's language, or not at all", "write '2024-01-31' or '2024-01-31T23:59:59'")
{
    private static readonly string[] Forms =
        ["yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-ddTHH:mm:ss.FFFFFF"];

    protected override IEnumerable<Hit> Find(Script script) =>
        from cast in script.All<CastCall>()
        where ExpressionTypes.FromType(cast.DataType) is Kind.Date or Kind.Time
            && cast.Parameter is StringLiteral text
            && !DateTime.TryParseExact(text.Value, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
        select Hit.At(cast.Parameter);
}

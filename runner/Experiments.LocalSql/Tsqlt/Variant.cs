using System.Globalization;
using System.Text;
using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>A value with its T-SQL type: what sql_variant holds.</summary>
internal sealed record Variant(object? Value, SqlType Type)
{
    private enum Family
    {
        Temporal,
        Approximate,
        Exact,
        Text,
        Binary,
        UniqueIdentifier,
    }

    /// <summary>The value as <c>CAST(value AS nvarchar(max))</c> writes it; null for NULL.</summary>
    internal string? Text => Value is null ? null : TextOf(Value, Type);

    /// <summary>
    /// The value as a cell of tSQLt's tables: floats with 16 digits, binary as hexadecimal, <c>!NULL!</c> for NULL.
    /// </summary>
    internal string Cell => Value switch
    {
        null => "!NULL!",
        double number => number.ToString("E15", CultureInfo.InvariantCulture),
        byte[] bytes => "0x" + Convert.ToHexString(bytes),
        Guid id => id.ToString("D"),
        DateTime time when Type.Kind == SqlKind.DateTime => time.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture),
        var value => TextOf(value, Type),
    };

    /// <summary>
    /// Equality of sql_variants: two NULLs are equal; values of different families (a number and a text, an int and a
    /// float) are not; text ignores trailing blanks.
    /// </summary>
    internal bool SameAs(Variant other)
    {
        if (Value is null || other.Value is null)
        {
            return Value is null && other.Value is null;
        }

        var family = FamilyOf(Type);
        return family == FamilyOf(other.Type) && family switch
        {
            Family.Exact => Exact(Value) == Exact(other.Value),
            Family.Approximate => Convert.ToDouble(Value, CultureInfo.InvariantCulture)
                .Equals(Convert.ToDouble(other.Value, CultureInfo.InvariantCulture)),
            Family.Text => SameText((string)Value, (string)other.Value),
            Family.Temporal => Moment(Value) == Moment(other.Value),
            Family.Binary => ((byte[])Value).AsSpan().SequenceEqual((byte[])other.Value),
            Family.UniqueIdentifier => (Guid)Value == (Guid)other.Value,
            _ => throw new InvalidOperationException("No comparison of " + family),
        };
    }

    /// <summary>T-SQL's = of two texts in a binary collation: trailing blanks do not count.</summary>
    internal static bool SameText(string a, string b) => a.AsSpan().TrimEnd(' ').SequenceEqual(b.AsSpan().TrimEnd(' '));

    private static Family FamilyOf(SqlType type) => type switch
    {
        { IsApproximate: true } => Family.Approximate,
        { IsNumeric: true } => Family.Exact,
        { IsText: true } => Family.Text,
        { IsTemporal: true } => Family.Temporal,
        { Kind: SqlKind.VarBinary } => Family.Binary,
        { Kind: SqlKind.UniqueIdentifier } => Family.UniqueIdentifier,
        _ => throw new InvalidOperationException("No sql_variant holds " + type),
    };

    private static decimal Exact(object value) => Convert.ToDecimal(value, CultureInfo.InvariantCulture);

    private static DateTime Moment(object value) => value switch
    {
        DateTime time => time,
        DateTimeOffset time => time.UtcDateTime,
        TimeSpan time => new DateTime(1900, 1, 1).Add(time),
        _ => throw new InvalidOperationException("No time: " + value.GetType()),
    };

    private static string TextOf(object value, SqlType type) => value switch
    {
        string text => text,
        bool bit => bit ? "1" : "0",
        double number => SixDigits(number),
        float number => SixDigits(number),
        decimal number => number.ToString(
            string.Create(CultureInfo.InvariantCulture, $"F{type.Scale}"), CultureInfo.InvariantCulture),
        DateTime time when type.Kind == SqlKind.Date => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime time when type.Kind == SqlKind.DateTime => string.Create(CultureInfo.InvariantCulture,
            $"{time:MMM} {time.Day,2} {time:yyyy} {(time.Hour % 12 == 0 ? 12 : time.Hour % 12),2}:{time:mmtt}"),
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss" + Fraction(type), CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss" + Fraction(type) + " zzz", CultureInfo.InvariantCulture),
        TimeSpan time => new DateTime(time.Ticks).ToString("HH:mm:ss" + Fraction(type), CultureInfo.InvariantCulture),
        byte[] bytes => Encoding.Unicode.GetString(bytes),
        Guid id => id.ToString("D").ToUpperInvariant(),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException("No text for " + value.GetType()),
    };

    private static string Fraction(SqlType type) => type.Scale == 0 ? "" : "." + new string('f', type.Scale);

    /// <summary>A float as CONVERT writes it in style 0: six digits, an exponent of three where it needs one.</summary>
    private static string SixDigits(double number)
    {
        var scientific = number.ToString("E5", CultureInfo.InvariantCulture);
        var split = scientific.IndexOf('E', StringComparison.Ordinal);
        var exponent = int.Parse(scientific.AsSpan(split + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is < -4 or >= 6)
        {
            var mantissa = scientific[..split].TrimEnd('0').TrimEnd('.');
            return string.Create(CultureInfo.InvariantCulture,
                $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):000}");
        }

        var plain = number.ToString(
            string.Create(CultureInfo.InvariantCulture, $"F{5 - exponent}"), CultureInfo.InvariantCulture);
        return plain.Contains('.', StringComparison.Ordinal) ? plain.TrimEnd('0').TrimEnd('.') : plain;
    }
}

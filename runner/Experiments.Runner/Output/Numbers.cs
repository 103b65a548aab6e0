using System.Globalization;

namespace Experiments.Runner.Output;

/// <summary>Numbers as a report shows them.</summary>
internal static class Numbers
{
    /// <summary>A count: 12,345.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count and what it counts: 1 duplicate, 2 duplicates.</summary>
    public static string Count(long value, string one) => $"{Count(value)} {one}{(value == 1 ? string.Empty : "s")}";

    /// <summary>A fraction as a percentage with a sign: +3.21 %.</summary>
    public static string Lift(double? value) =>
        value is { } number
            ? (100 * number).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) + " %"
            : string.Empty;

    /// <summary>A rate: 12.34 %.</summary>
    public static string Rate(double value) => (100 * value).ToString("0.000", CultureInfo.InvariantCulture) + " %";

    /// <summary>A mean, to six significant digits.</summary>
    public static string Mean(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>A p-value to four significant digits.</summary>
    public static string P(double? value) => value switch
    {
        null => string.Empty,
        0 => "0",
        < .0001 => value.Value.ToString("0.00e-0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("G4", CultureInfo.InvariantCulture),
    };

    /// <summary>A standardised residual: +1.23.</summary>
    public static string Signed(double? value) =>
        value is { } number ? number.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) : string.Empty;

    /// <summary>A time in UTC.</summary>
    public static string Utc(DateTime? value) =>
        value is { } time ? time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC" : "never";
}

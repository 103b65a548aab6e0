using System.Globalization;

namespace Experiments.Runner.Output;

/// <summary>Values as text, in the invariant culture.</summary>
internal static class ValueText
{
    /// <summary>A value that a program reads: numbers to the last digit, times in ISO 8601, bits as 0 and 1.</summary>
    public static string Exact(object value, bool isDate = false) => value switch
    {
        string text => text,
        bool bit => bit ? "1" : "0",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTime time => Time(time, isDate, 'T'),
        DateTimeOffset time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        byte[] bytes => "0x" + Convert.ToHexString(bytes),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };

    /// <summary>A value that a person reads: nine significant digits, a blank between date and time.</summary>
    public static string Readable(object value, bool isDate = false) => value switch
    {
        double number => number.ToString("G9", CultureInfo.InvariantCulture),
        float number => number.ToString("G7", CultureInfo.InvariantCulture),
        DateTime time => Time(time, isDate, ' '),
        _ => Exact(value, isDate),
    };

    private static string Time(DateTime time, bool isDate, char between)
    {
        if (isDate)
        {
            return time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        }

        string format = between == 'T' ? "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF" : "yyyy-MM-dd HH:mm:ss.FFFFFFF";
        return time.ToString(format, CultureInfo.InvariantCulture);
    }
}

using System.Globalization;

namespace Experiments.Runner.Tests.Recomputation;

/// <summary>Times as microseconds since 1970.</summary>
internal static class Clock
{
    public const long Second = 1_000_000;
    public const long Hour = 3600 * Second;
    public const long Day = 24 * Hour;
    public const long Never = long.MaxValue / 4;

    private static readonly string[] Forms =
    [
        "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", "yyyy-MM-dd HH:mm:ss.ffffff", "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'",
        "yyyy-MM-dd HH:mm:ss.fffffffzzz", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd HH:mm:ss",
        "yyyy-MM-dd",
    ];

    /// <summary>Days after the start of 2026.</summary>
    public static long At(double days) =>
        Of(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)) + (long)Math.Round(days * Day);

    public static long Of(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTime Time(long at) => DateTime.UnixEpoch.AddMicroseconds(at);

    /// <summary>The UTC day of a time, counted from 1970.</summary>
    public static long DayOf(long at) => (long)Math.Floor(at / (double)Day);

    public static string Iso(long at) => Time(at).ToString(Forms[0], CultureInfo.InvariantCulture);

    /// <summary>One of the forms that keep the time.</summary>
    public static string Write(long at, Random random)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (at % Second == 0)
        {
            switch (random.Next(6))
            {
                case 0:
                    return Time(at).ToString(Forms[5], culture);
                case 1:
                    return new DateTimeOffset(Time(at)).ToOffset(TimeSpan.FromMinutes(-330)).ToString(Forms[4], culture);
                case 2:
                    return (at / Second).ToString(culture);
                case 3:
                    return (at / 1000).ToString(culture);
                case 4 when at % Day == 0:
                    return Time(at).ToString(Forms[7], culture);
                default:
                    break;
            }
        }

        return random.Next(4) switch
        {
            0 => Time(at).ToString(Forms[1], culture),
            1 => Time(at).ToString(Forms[2], culture),
            2 => new DateTimeOffset(Time(at)).ToOffset(TimeSpan.FromHours(2)).ToString(Forms[3], culture),
            _ => Iso(at),
        };
    }

    /// <summary>A text as a time, null where it is none.</summary>
    public static long? Read(string text)
    {
        if (text.Length is 10 or 13 && text.All(char.IsAsciiDigit))
        {
            return long.Parse(text, CultureInfo.InvariantCulture) * (text.Length == 10 ? Second : 1000);
        }

        return DateTimeOffset.TryParseExact(
            text, Forms, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? Of(time.UtcDateTime)
            : null;
    }
}

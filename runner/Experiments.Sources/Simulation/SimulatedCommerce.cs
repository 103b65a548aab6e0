namespace Experiments.Sources;

/// <summary>
/// A shop's events as CSV: views, purchases, refunds and subscriptions of 2024, amounts and times in every form that the
/// source takes, a column that it does not know, bots, versions of the same event, and defects.
/// </summary>
internal sealed class SimulatedCommerce(SourceSimulationOptions options)
{
    private const string FileName = "commerce.csv";
    private const int BotEvents = 21;

    private static readonly string[] Currencies = ["EUR", "usd", " GBP "];

    private readonly RandomSource _random = new(options.Seed);
    private readonly Planted _planted = new();
    private long _event;
    private decimal _gross;
    private decimal _refunds;

    internal SourceTruth Write(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using var lines = new LineWriter(Path.Combine(options.OutputFolder, FileName));
        lines.Write($"event_id,user_id,event_type,event_ts,amount,currency,campaign");
        var first = lines.Lines;
        var bots = 0;
        for (long n = 0; (n = lines.Lines - first) < options.Rows;)
        {
            if (n % 100_000 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report((double)n / options.Rows);
            }

            var left = options.Rows - n;
            if (n % (SourceSimulator.DefectEvery * 20L) == 1000 && left > BotEvents)
            {
                WriteBot(lines, bots++);
            }
            else if (n % SourceSimulator.DefectEvery == SourceSimulator.DefectEvery - 1 && left > 1)
            {
                WriteDefect(lines, n / SourceSimulator.DefectEvery);
            }
            else
            {
                WriteEvent(lines, n);
            }
        }

        _planted.Facts["bots"] = bots;
        _planted.Facts["gross"] = _gross;
        _planted.Facts["refunds"] = _refunds;
        return _planted.Truth(options.Source, FileName, options.Rows);
    }

    private void WriteEvent(LineWriter lines, long n)
    {
        var at = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds((n * 31) % (366 * 86_400));
        var user = _random.Integer((int)Math.Min(1_000_000, (options.Rows / 20) + 1));
        var id = ++_event;
        var currency = Currencies[user % 3];
        var cents = 100 + _random.Integer(500_000);
        var amount = cents / 100m;
        _planted.Staged++;
        switch (_random.Integer(20))
        {
            case < 4:
                _gross += amount;
                lines.Write($"e{id},u{user},purchase,{Time(at, n)},{Amount(cents, n)},{currency},spring");
                break;
            case 4:
                _refunds -= amount;
                lines.Write($"e{id},u{user},refund,{Time(at, n)},{(n % 2 == 0 ? "-" : "")}{amount},{currency},");
                break;
            case 5:
                _gross += amount;
                lines.Write($"e{id},u{user},subscription_start,{Time(at, n)},{amount},{currency},");
                break;
            case 6:
                lines.Write($"e{id},u{user},subscription_cancel,{Time(at, n)},,,");
                break;
            default:
                lines.Write($"e{id},u{user},view,{Time(at, n)},,,\"a, \"\"b\"\"\"");
                break;
        }
    }

    /// <summary>One of the ways to write a time.</summary>
    private static string Time(DateTime at, long n) => (n % 7) switch
    {
        0 => at.ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        1 => at.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        2 => at.AddHours(2).ToString("yyyy-MM-dd'T'HH:mm:ss'+02:00'", System.Globalization.CultureInfo.InvariantCulture),
        3 => at.ToString("dd'/'MM'/'yyyy HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        4 => at.ToString("MM-dd-yyyy HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        5 => new DateTimeOffset(at).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => new DateTimeOffset(at).ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>One of the ways to write an amount; 1.23 as 123e-2, too.</summary>
    private static string Amount(int cents, long n) => (n % 4) switch
    {
        0 => (cents / 100m).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture),
        1 => (cents / 100m).ToString("'\"'#,##0.00'\"'", System.Globalization.CultureInfo.InvariantCulture),
        2 => "€" + (cents / 100m).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture),
        _ => cents.ToString(System.Globalization.CultureInfo.InvariantCulture) + "e-2",
    };

    private void WriteBot(LineWriter lines, int bot)
    {
        for (var i = 0; i < BotEvents; i++)
        {
            lines.Write($"e{++_event},bot{bot},purchase,2024-05-05T05:05:05.{i:D3}Z,1000,EUR,");
            _planted.Staged++;
        }
    }

    private void WriteDefect(LineWriter lines, long kind)
    {
        var id = ++_event;
        switch (kind % 10)
        {
            case 0:
                lines.Write($"e{id},u1,purchase,2024-02-29,ten,EUR,");
                _planted.Quarantine("bad_amount");
                break;
            case 1:
                lines.Write($"e{id},u1,purchase,2024-02-29,-,EUR,");
                _planted.Quarantine("bad_amount");
                break;
            case 2:
                lines.Write($"e{id},u1,purchase,2024-02-29,,EUR,");
                _planted.Quarantine("missing_amount");
                break;
            case 3:
                lines.Write($"e{id},u1,purchase,31/02/2024,5,EUR,");
                _planted.Quarantine("bad_timestamp");
                break;
            case 4:
                lines.Write($"e{id}, ,view,2024-02-29,,,");
                _planted.Quarantine("missing_user_id");
                break;
            case 5:
                lines.Write($"e{id},u1,teleport,2024-02-29,,,");
                _planted.Quarantine("unknown_event_type");
                break;
            case 6:
                lines.Write($"e{id},u1,purchase,2024-02-29,5,EURO,");
                _planted.Quarantine("bad_currency");
                break;
            case 7:
                lines.Write($"e{id},u1,view");
                _planted.Reject("field_count");
                break;
            case 8:
                lines.WriteBytes([.. "e,u1,"u8, 0xC3, 0x28, .. ",2024-02-29,,,"u8]);
                _planted.Reject("invalid_utf8");
                break;
            default:
                lines.Write($"e{id},u1,purchase,2024-02-28T00:00:00Z,1,EUR,");
                lines.Write($"e{id},u1,purchase,2024-02-29T00:00:00Z,2,EUR,");
                _gross += 2;
                _planted.Staged++;
                _planted.Duplicates++;
                break;
        }
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Experiments.Runner.Tests.Recomputation;

/// <summary>
/// Writes the files of four experiments over the same users: assignments, exposures, events (NDJSON, and a second, later
/// file as CSV) and attributes, with what goes wrong in such files: lines that are none, values that are none, repeated
/// ids with another version, exposures before the assignment, of another variation, of several, too late, of strangers,
/// and events exactly on the bounds of windows. The same seed writes the same files.
/// </summary>
internal sealed class SimulatedWorld(string folder, int seed)
{
    private const int Users = 2600;
    private const int Accounts = 500;

    private static readonly string[] Countries = ["DE", "AT", "NO", "FR", "Österreich"];

    private readonly Random _random = new(seed);
    private readonly StringBuilder _assignments = new("experiment_id,unit_id,variation_id,assigned_at\n");
    private readonly StringBuilder _exposures =
        new("event_id,unit_id,event_name,event_at,experiment_id,variation_id,attributes\n");

    private readonly StringBuilder _events = new();
    private readonly StringBuilder _late = new("event_id,event_name,unit_id,event_value,event_at,attributes\n");
    private readonly StringBuilder _attributes = new("unit_id,attribute,attribute_value,valid_from\n");
    private int _id;

    public void Write()
    {
        WriteAttributes();
        foreach (Trial trial in Definitions.Trials)
        {
            WriteUnits(trial);
        }

        // An experiment that the catalog does not have.
        WriteUnits(new Trial("exp_unknown", [new("p", .5, 0), new("q", .5, 0)], Clock.At(0), null) { Metrics = [] });
        for (int user = 0; user < Users; user++)
        {
            // Every twelfth does nothing at all.
            if (user % 12 != 0)
            {
                WriteEvents(User(user));
            }
        }

        WriteDefects();
        File.WriteAllText(Path.Combine(folder, "assignments.csv"), _assignments.ToString());
        File.WriteAllText(Path.Combine(folder, "exposures.csv"), _exposures.ToString());
        File.WriteAllText(Path.Combine(folder, "events.ndjson"), _events.ToString());
        File.WriteAllText(Path.Combine(folder, "late.csv"), _late.ToString());
        File.WriteAllText(Path.Combine(folder, "attributes.csv"), _attributes.ToString());
        File.WriteAllText(Path.Combine(folder, "catalog.json"), Definitions.ToJson());
    }

    private static string User(int number) => number.ToString("'u'00000", CultureInfo.InvariantCulture);

    private static string Account(int number) => number.ToString("'acc '000", CultureInfo.InvariantCulture);

    private void WriteAttributes()
    {
        for (int user = 0; user < Users; user++)
        {
            if (_random.Next(10) > 0)
            {
                Describe(User(user), "country", Pick(Countries), _random.Next(3) == 0 ? null : Clock.At(-9));
            }

            if (_random.Next(5) == 0)
            {
                Describe(User(user), "country", Pick(Countries), Clock.At(_random.Next(-5, 30)));
            }

            Describe(User(user), "platform", _random.Next(2) == 0 ? "ios" : " android ", null);

            // Two hundred accounts have no members; some users change to another one.
            if (_random.Next(4) > 0)
            {
                Describe(User(user), "account", Account(_random.Next(Accounts - 60)), null);
                if (_random.Next(8) == 0)
                {
                    Describe(User(user), "account", Account(_random.Next(Accounts - 60)), Clock.At(_random.Next(20)));
                }
            }
        }

        for (int account = 0; account < Accounts; account++)
        {
            Describe(Account(account), "country", Pick(Countries), null);
        }

        // The same unit, attribute and time once more: the later line wins.
        Describe(User(7), "platform", "web", null);
        _attributes.Append("u00008,,x,\n,country,DE,\nu00009,country,,\nu00010,country,DE,soon\n");
    }

    private void Describe(string unit, string name, string value, long? from) => _attributes.Append(
        CultureInfo.InvariantCulture, $"{unit},{name},{value},{(from is { } at ? Clock.Write(at, _random) : "")}\n");

    private void WriteUnits(Trial trial)
    {
        bool isCluster = trial.ClusterAttribute is not null;
        int count = isCluster ? Accounts : Users;
        double length = ((trial.End ?? Clock.At(25)) - trial.Start) / (double)Clock.Day;
        for (int i = 0; i < count; i++)
        {
            if (_random.Next(8) == 0)
            {
                continue;
            }

            string unit = isCluster ? Account(i) : User(i);
            long at = trial.Start + Moment(-0.5, length + 0.5);
            if (i % 97 == 5)
            {
                at = i % 2 == 0 ? trial.Start : (trial.End ?? trial.Start) - 1;
            }
            else if (i % 97 == 6 && trial.Change is { } change)
            {
                at = change - (i % 2);
            }

            bool isLater = at >= (trial.Change ?? Clock.Never);
            string arm = Draw(trial, isLater);
            Assign(trial.Id, unit, arm, at);
            if (i % 50 == 1)
            {
                // A second assignment, earlier or later, in one case of two to another variation.
                Assign(trial.Id, unit, i % 100 == 1 ? Draw(trial, isLater) : arm, at + Moment(-1, 1));
            }

            WriteExposures(trial, unit, arm, at, i);
            if (!isCluster && i % 9 == 2)
            {
                WriteBounds(unit, at);
            }
        }
    }

    private void WriteExposures(Trial trial, string unit, string arm, long at, int i)
    {
        if (trial.Trigger is not null && i % 5 > 0)
        {
            return;
        }

        string other = trial.Arms.First(candidate => candidate.Id != arm).Id;
        switch (i % 40)
        {
            case 0:
                Expose(trial.Id, unit, arm, at);
                break;
            case 1:
                Expose(trial.Id, unit, arm, at - 1);
                break;
            case 2:
                Expose(trial.Id, unit, arm, at - Clock.Hour);
                Expose(trial.Id, unit, arm, at + Clock.Hour);
                break;
            case 3:
                Expose(trial.Id, unit, other, at + Clock.Hour);
                break;
            case 4:
                Expose(trial.Id, unit, other, at + Clock.Hour);
                Expose(trial.Id, unit, arm, at + (2 * Clock.Hour));
                break;
            case 5:
                Expose(trial.Id, unit, arm, trial.End ?? at);
                break;
            case 6:
                Expose(trial.Id, unit, arm, trial.End ?? at);
                Expose(trial.Id, unit, arm, (trial.End ?? at) - 1);
                break;
            case 7:
                Expose(trial.Id, unit, "unknown", at + Clock.Hour);
                break;
            case 8:
                Expose(trial.Id, unit + "x", arm, at + Clock.Hour);
                break;
            case 9:
                // Two versions of one exposure: the later time wins.
                int id = Expose(trial.Id, unit, arm, at + Clock.Hour);
                Expose(trial.Id, unit, arm, at + (3 * Clock.Hour), id);
                break;
            case 10 or 11 or 12:
                break;
            default:
                for (int n = _random.Next(1, 4); n > 0; n--)
                {
                    Expose(trial.Id, unit, arm, at + Moment(0, 2));
                }

                break;
        }
    }

    /// <summary>Events exactly on the bounds of the windows from an assignment, and a microsecond before.</summary>
    private void WriteBounds(string unit, long at)
    {
        foreach (int hours in new[] { 0, 1, 24, 168, 336, -168, -240, -336, -48 })
        {
            long bound = at + (hours * Clock.Hour);
            Happen(unit, "visit", bound, 1);
            Happen(unit, "visit", bound - 1, 1);
            Happen(unit, "purchase", bound, Price());
            Happen(unit, "purchase", bound - 1, Price());
        }

        Happen(unit, "page_load", at + (168 * Clock.Hour), 700);
        Happen(unit, "page_load", at + (168 * Clock.Hour) - 1, 700);
    }

    private void WriteEvents(string unit)
    {
        int heavy = _random.Next(60) == 0 ? 6 : 1;
        Repeat(unit, "visit", heavy * _random.Next(0, 25), _ => _random.Next(3) == 0 ? null : 1);
        Repeat(unit, "purchase", heavy * _random.Next(0, 7), _ => _random.Next(40) == 0 ? null : Price());
        Repeat(unit, "page_load", heavy * _random.Next(0, 16), n => n == 3 ? null : 100 * _random.Next(3, 30));
        Repeat(unit, "page_load", _random.Next(0, 4), _ => Math.Round(1200 + (900 * _random.NextDouble()), 3));
        Repeat(unit, "cart_open", _random.Next(4) == 0 ? _random.Next(1, 5) : 0, _ => null);
        Repeat(unit, "balance", _random.Next(0, 9), _ => Math.Round(400 * (_random.NextDouble() - 0.55), 2));
    }

    private void Repeat(string unit, string name, int times, Func<int, double?> value)
    {
        for (int n = 0; n < times; n++)
        {
            Happen(unit, name, Clock.At(0) + Moment(-20, 30), value(n));
        }
    }

    private double Price() => Math.Round(Math.Exp(2.5 + (1.1 * (_random.NextDouble() + _random.NextDouble() - 1))), 2);

    private void Happen(string unit, string name, long at, double? value)
    {
        // The data end with the 30th day: some windows have not ended by then.
        at = Math.Min(at, Clock.At(30));
        int id = ++_id;
        string attributes = name == "purchase" ? Attributes(value) : "";
        if (_random.Next(20) == 0)
        {
            Late(id, unit, name, at, value, attributes);
            return;
        }

        Line(id, unit, name, at, value, attributes);
        switch (_random.Next(150))
        {
            case 0:
                // The very line again; the same time with another value: the later line wins; a later time; an earlier one.
                Line(id, unit, name, at, value, attributes);
                break;
            case 1:
                Line(id, unit, name, at, value + 3, attributes);
                break;
            case 2:
                Late(id, unit, name, at + Clock.Second, value + 1, attributes);
                break;
            case 3:
                Late(id, unit, name, at - Clock.Day, value + 1, attributes);
                break;
            default:
                break;
        }
    }

    private string Attributes(double? price)
    {
        StringBuilder text = new("{");
        if (_random.Next(12) > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\"country\":\"{Pick(Countries)}\"");
        }
        else
        {
            text.Append("\"country\":null");
        }

        if (_random.Next(9) > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $",\"sku\":\"s{_random.Next(9)}\"");
        }

        if (price is not null)
        {
            // A number, or the same as a text; exactly on the bounds of the ranges too.
            double written = _random.Next(15) switch { 0 => 5, 1 => 60, 2 => 20, _ => price.Value };
            text.Append(
                CultureInfo.InvariantCulture, $",\"price\":{(_random.Next(6) == 0 ? $"\" {written} \"" : $"{written}")}");
        }

        if (_random.Next(10) == 0)
        {
            text.Append(_random.Next(2) == 0 ? ",\"test\":true" : ",\"test\":null");
        }

        return text.Append('}').ToString();
    }

    private void Line(int id, string unit, string name, long at, double? value, string attributes)
    {
        string written = value is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"{number:R}")
            : _random.Next(2) == 0 ? "null" : "\" \"";
        if (value is not null && _random.Next(9) == 0)
        {
            written = $"\" {written}\"";
        }

        string time = Clock.Write(at, _random);
        string quoted = time.All(char.IsAsciiDigit) && _random.Next(2) == 0 ? time : $"\"{time}\"";
        _events.Append(
            CultureInfo.InvariantCulture,
            $$"""{"event_id":"e{{id}}","unit_id":"{{unit}}","event_name":"{{name}}","event_at":{{quoted}},"event_value":{{written}}""");
        _events.Append(attributes.Length > 0 ? ",\"attributes\":" + attributes : "").Append("}\n");
    }

    private void Late(int id, string unit, string name, long at, double? value, string attributes) => _late.Append(
        CultureInfo.InvariantCulture,
        $"e{id},{name},{unit},{value},{Clock.Write(at, _random)},\"{attributes.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");

    private void WriteDefects()
    {
        _assignments.Append(
            "exp_main,lost,a\nexp_main,\"lo\"st,a,2026-01-02\nexp_main,lost,a,2026-02-30\nexp_main, ,a,2026-01-02\n"
            + "exp_main,lost,,2026-01-02\n,lost,a,2026-01-02\n");
        _exposures.Append(
            "x1,u00001,exposure,2026-01-03,exp_main\nx2,u00001,exposure,03/01/2026,exp_main,a,\n"
            + "x3,u00001,exposure,2026-01-03,,a,\nx4,u00001,exposure,2026-01-03,exp_main,,\n,u00001,exposure,2026-01-03,exp_main,a,\n");

        // One id for an exposure and, later, for another event: the exposure is outranked.
        Expose("exp_main", "u00030", "a", Clock.At(9));
        Late(_id, "u00030", "visit", Clock.At(9.5), null, "");
        _events.Append(
            """
            {"event_id":"d1","unit_id":"u00001","event_name":"purchase",
            {"event_id":"d2","unit_id":"u00001","event_name":"purchase","event_at":"2026-01-05","event_value":"ten"}
            {"event_id":"d3","unit_id":"u00001","event_name":"purchase","event_at":"12:30","event_value":1}
            {"event_id":"d4","unit_id":null,"event_name":"purchase","event_at":"2026-01-05","event_value":1}
            {"event_id":"d5","unit_id":"u00001","event_at":"2026-01-05","event_value":1}
            ["event_id","d6"]
            {"event_id":" d7 ","unit_id":" u00013 ","event_name":"visit","event_at":" 2026-01-09 ","event_value":true}
            {"event_id":"d8","unit_id":"u00013","event_name":"balance","event_at":"2026-01-10","event_value":"-"}
            {"event_id":"d9","unit_id":"u00013","event_name":"balance","event_at":"2026-01-10","event_value":"-1e2"}

            """.ReplaceLineEndings("\n"));
    }

    private void Assign(string trial, string unit, string arm, long at) =>
        _assignments.Append(CultureInfo.InvariantCulture, $"{trial},{unit},{arm},{Clock.Write(at, _random)}\n");

    private int Expose(string trial, string unit, string arm, long at, int? id = null)
    {
        int number = id ?? ++_id;
        _exposures.Append(
            CultureInfo.InvariantCulture,
            $"e{number},{unit},exposure,{Clock.Write(at, _random)},{trial},{arm},{JsonSerializer.Serialize(arm).Replace("\"", "", StringComparison.Ordinal)}\n");
        return number;
    }

    private string Draw(Trial trial, bool isLater)
    {
        double left = _random.NextDouble();
        foreach (Arm arm in trial.Arms)
        {
            left -= isLater ? arm.Later : arm.Weight;
            if (left < 0)
            {
                return arm.Id;
            }
        }

        return trial.Arms[^1].Id;
    }

    /// <summary>A time between two days; in one case of four a whole second, so that all forms occur and ties too.</summary>
    private long Moment(double from, double to)
    {
        long at = (long)((from + ((to - from) * _random.NextDouble())) * Clock.Day);
        return _random.Next(4) == 0 ? at / Clock.Second * Clock.Second : at;
    }

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];
}

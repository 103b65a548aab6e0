using System.Globalization;

namespace Experiments.Sources;

/// <summary>One simulated experiment while its files are written.</summary>
internal sealed class SimulatedExperiment
{
    private const double Baseline = 0.10;
    private const double LiftA = 0.18;
    private const double SessionOk = 0.99;
    private const double ExposureRate = 0.9;
    private const double LoadMean = 1200;
    private const double LoadDeviation = 150;
    private const long Second = 1000;
    private const long Hour = 3600 * Second;
    private const long Day = 24 * Hour;
    private const long Window = 7 * Day;

    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly long Length = 28 * Day;
    private static readonly string[] Variations = ["control", "treatment_a", "treatment_b"];
    private static readonly double[] Weights = [0.34, 0.33, 0.33];
    private static readonly string[] MetricIds = ["conversion", "revenue", "page_load", "session_ok"];

    private readonly SimulationOptions _options;
    private readonly RandomSource _random;
    private readonly long _trap;
    private readonly long[] _itt = new long[3];
    private readonly long[] _exposed = new long[3];
    private readonly Tally[] _tallies = new Tally[2 * 4 * 3];
    private readonly SortedDictionary<string, long> _assignmentQuarantine = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _eventQuarantine = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _assignmentRejects = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _exposureRejects = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _conversionRejects = new(StringComparer.Ordinal);
    private readonly List<(int Event, long At, double Value)> _events = [];
    private long _duplicateAssignments;
    private long _duplicateEvents;
    private long _conflicts;
    private long _early;
    private long _mismatch;
    private long _multi;
    private long _outside;
    private long _unassigned;
    private long _outsideWindow;
    private long _eventId;

    internal SimulatedExperiment(SimulationOptions options)
    {
        _options = options;
        _random = new RandomSource(options.Seed);
        _trap = Math.Max(3, options.Units / 400);
    }

    /// <summary>What is wrong with a unit; each kind has units of its own.</summary>
    private enum Trap
    {
        RepeatedAssignment,
        TwoVariations,
        EarlyExposure,
        LateExposure,
        WrongVariation,
        TwoExposures,
        RepeatedExposure,
        RepeatedEvent,
        EventBeforeAnchor,
        EventAfterWindow,
        EventOnStart,
        EventOnEnd,
        None,
    }

    private struct Tally
    {
        internal long Units;
        internal double Sum;
    }

    internal static string Catalog(SimulationOptions options)
    {
        var end = Start.AddMilliseconds(Length);
        return FormattableString.Invariant($$"""
            # The definitions of a simulated experiment; put into the catalog by: runner catalog apply {{Simulator.CatalogFile}}
            metrics:
              - metric_id: conversion
                metric_version: 1
                metric_type: proportion
                event_name: purchase
                aggregation: count
                threshold: 1
                window_end_hours: 168
                maturity: complete
                direction: increase
                owner: growth
                description: Share of units with a purchase within 7 days.
              - metric_id: revenue
                metric_version: 1
                metric_type: mean
                event_name: purchase
                aggregation: sum
                window_end_hours: 168
                maturity: complete
                direction: increase
                unit_label: EUR
                owner: growth
                description: Purchases of a unit within 7 days.
              - metric_id: page_load
                metric_version: 1
                metric_type: mean
                event_name: page_load
                aggregation: avg
                window_end_hours: 168
                maturity: complete
                direction: decrease
                unit_label: ms
                owner: platform
                description: Average time a unit waits for a page.
              - metric_id: session_ok
                metric_version: 1
                metric_type: proportion
                event_name: session_ok
                aggregation: count
                threshold: 1
                window_end_hours: 168
                maturity: complete
                direction: increase
                owner: platform
                description: Share of units with a session that ended without an error.
            policies: []
            experiments:
              - experiment_id: {{options.ExperimentId}}
                experiment_name: Simulated checkout test
                description: Made by runner simulate, seed {{options.Seed}}; its true effects are in {{Simulator.TruthFile}}.
                unit_type: user
                analysis_mode: itt
                start_at: {{Start:yyyy-MM-ddTHH:mm:ss}}Z
                end_at: {{end:yyyy-MM-ddTHH:mm:ss}}Z
                planned_units: {{options.Units}}
                policy_id: default
                policy_version: 1
                owner: growth
                variations:
                  - {variation_id: control, is_control: true, weight: 0.34}
                  - {variation_id: treatment_a, is_control: false, weight: 0.33}
                  - {variation_id: treatment_b, is_control: false, weight: 0.33}
                metrics:
                  - {metric_id: conversion, metric_version: 1, metric_role: primary}
                  - {metric_id: revenue, metric_version: 1, metric_role: secondary}
                  - {metric_id: page_load, metric_version: 1, metric_role: guardrail, margin: 0.01}
                  - {metric_id: session_ok, metric_version: 1, metric_role: guardrail, margin: 0.01}

            """);
    }

    internal SimulationTruth Write(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        long assignmentLines, exposureLines, conversionLines;
        using (var assignments = Open("assignments.csv"))
        using (var exposures = Open("exposures.csv"))
        using (var conversions = Open("conversions.ndjson"))
        {
            assignments.Write($"experiment_id,unit_id,variation_id,assigned_at");
            exposures.Write($"event_id,unit_id,event_name,event_at,experiment_id,variation_id");
            for (long unit = 0; unit < _options.Units; unit++)
            {
                WriteUnit(unit, assignments, exposures, conversions);
                if (unit % 100_000 == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    progress?.Report((double)unit / _options.Units);
                }
            }

            WriteBadAssignments(assignments);
            WriteBadExposures(exposures);
            WriteBadConversions(conversions);
            (assignmentLines, exposureLines, conversionLines) = (assignments.Lines - 1, exposures.Lines - 1, conversions.Lines);
        }

        progress?.Report(1);
        return new SimulationTruth(
            _options.ExperimentId, _options.Units, _options.Seed,
            [
                File("assignments.csv", "assignments", assignmentLines, _assignmentRejects),
                File("exposures.csv", "events", exposureLines, _exposureRejects),
                File("conversions.ndjson", "events", conversionLines, _conversionRejects),
            ],
            _assignmentQuarantine, _eventQuarantine, _duplicateAssignments, _duplicateEvents, _conflicts, _early, _mismatch,
            _multi, _outside, _unassigned, _outsideWindow,
            [.. Variations.Select((v, i) => new SimulatedArm(v, i == 0, Weights[i], _itt[i], _exposed[i]))],
            [.. Metrics()],
            [
                new TrueEffect("conversion", "treatment_a", LiftA), new TrueEffect("conversion", "treatment_b", 0),
                new TrueEffect("page_load", "treatment_a", 0), new TrueEffect("page_load", "treatment_b", 0),
                new TrueEffect("session_ok", "treatment_a", 0), new TrueEffect("session_ok", "treatment_b", 0),
            ]);
    }

    private static SimulatedFile File(string name, string source, long lines, SortedDictionary<string, long> rejected) =>
        new(name, source, lines, lines - rejected.Values.Sum(), rejected);

    private LineWriter Open(string name) => new(Path.Combine(_options.OutputFolder, name));

    private IEnumerable<SimulatedMetric> Metrics()
    {
        foreach (var (mode, m) in new[] { ("itt", 0), ("exposed", 1) })
        {
            for (var metric = 0; metric < MetricIds.Length; metric++)
            {
                for (var arm = 0; arm < 3; arm++)
                {
                    var tally = _tallies[Index(m, metric, arm)];
                    yield return new SimulatedMetric(MetricIds[metric], mode, Variations[arm], tally.Units, tally.Sum);
                }
            }
        }
    }

    private static int Index(int mode, int metric, int arm) => (((mode * 4) + metric) * 3) + arm;

    private void WriteUnit(long unit, LineWriter assignments, LineWriter exposures, LineWriter conversions)
    {
        var kind = (Trap)Math.Min((long)Trap.None, unit / _trap);
        var draw = _random.Uniform();
        var arm = draw < Weights[0] ? 0 : draw < Weights[0] + Weights[1] ? 1 : 2;
        var other = (arm + 1 + _random.Integer(2)) % 3;

        // Room before the end for an exposure within two hours, and after the start for one that comes too early.
        var first = kind == Trap.EarlyExposure ? 2 * Day : 0;
        var assignedAt = Moment(first + (long)(_random.Uniform() * (Length - first - (2 * Hour))));
        assignments.Write($"{_options.ExperimentId},u{unit:D8},{Variations[arm]},{Text(assignedAt)}");
        _itt[arm]++;
        if (kind == Trap.RepeatedAssignment)
        {
            assignments.Write($"{_options.ExperimentId},u{unit:D8},{Variations[arm]},{Text(assignedAt + (60 * Second))}");
            _duplicateAssignments++;
        }
        else if (kind == Trap.TwoVariations)
        {
            assignments.Write($"{_options.ExperimentId},u{unit:D8},{Variations[other]},{Text(assignedAt + (60 * Second))}");
            _duplicateAssignments++;
            _conflicts++;
        }

        var exposedAt = WriteExposures(unit, kind, arm, other, assignedAt, exposures);
        WriteConversions(unit, kind, arm, assignedAt, conversions);
        Count(0, arm, assignedAt);
        if (exposedAt is { } anchor)
        {
            _exposed[arm]++;
            Count(1, arm, anchor);
        }
    }

    /// <summary>Writes a unit's exposures; gives the time of the first valid one.</summary>
    private long? WriteExposures(long unit, Trap kind, int arm, int other, long assignedAt, LineWriter exposures)
    {
        var at = Math.Max(assignedAt, Moment(assignedAt + (long)(_random.Uniform() * Hour)));
        var isTrap = kind is Trap.EarlyExposure or Trap.LateExposure or Trap.WrongVariation or Trap.TwoExposures
            or Trap.RepeatedExposure;
        if (!isTrap && !_random.Chance(ExposureRate))
        {
            return null;
        }

        if (kind == Trap.WrongVariation)
        {
            Expose(exposures, unit, other, at);
            _mismatch++;
            return null;
        }

        var id = Expose(exposures, unit, arm, at);
        switch (kind)
        {
            case Trap.EarlyExposure:
                Expose(exposures, unit, arm, assignedAt - Day);
                _early++;
                break;
            case Trap.LateExposure:
                Expose(exposures, unit, arm, Length + Hour);
                _outside++;
                break;
            case Trap.TwoExposures:
                Expose(exposures, unit, other, at + (30 * Second));
                _mismatch++;
                _multi++;
                break;
            case Trap.RepeatedExposure:
                exposures.Write($"e{id:D10},u{unit:D8},exposure,{Text(at)},{_options.ExperimentId},{Variations[arm]}");
                _duplicateEvents++;
                break;
            default:
                break;
        }

        return at;
    }

    private long Expose(LineWriter exposures, long unit, int variation, long at)
    {
        var id = ++_eventId;
        exposures.Write($"e{id:D10},u{unit:D8},exposure,{Text(at)},{_options.ExperimentId},{Variations[variation]}");
        return id;
    }

    private void WriteConversions(long unit, Trap kind, int arm, long assignedAt, LineWriter conversions)
    {
        _events.Clear();
        var loads = 1 + _random.Integer(4);
        for (var i = 0; i < loads; i++)
        {
            var value = Math.Round(LoadMean + (LoadDeviation * _random.Normal()), 1);
            Happen(conversions, unit, 1, Moment(assignedAt + (2 * Hour) + (long)(_random.Uniform() * (Window - (3 * Hour)))), value);
        }

        if (_random.Chance(SessionOk))
        {
            Happen(conversions, unit, 2, Moment(assignedAt + (2 * Hour) + (long)(_random.Uniform() * Day)), null);
        }

        var buys = _random.Chance(Baseline * (arm == 1 ? 1 + LiftA : 1));
        var price = Math.Round(Math.Exp(3 + (0.5 * _random.Normal())), 2);
        var boughtAt = Moment(assignedAt + (2 * Hour) + (long)(_random.Uniform() * (Window - (3 * Hour))));
        switch (kind)
        {
            case Trap.RepeatedEvent:
                // The later version of the event counts, with its own price.
                var id = ++_eventId;
                Purchase(conversions, id, unit, boughtAt, price);
                Purchase(conversions, id, unit, boughtAt + Second, price + 1);
                _events.Add((0, boughtAt + Second, price + 1));
                _duplicateEvents++;
                break;
            case Trap.EventBeforeAnchor:
                Happen(conversions, unit, 0, assignedAt - (3 * Hour), price);
                _outsideWindow++;
                break;
            case Trap.EventAfterWindow:
                Happen(conversions, unit, 0, assignedAt + (8 * Day), price);
                _outsideWindow++;
                break;
            case Trap.EventOnStart:
                Happen(conversions, unit, 0, assignedAt, price);
                break;
            case Trap.EventOnEnd:
                Happen(conversions, unit, 0, assignedAt + Window, price);
                _outsideWindow++;
                break;
            default:
                if (buys)
                {
                    Happen(conversions, unit, 0, boughtAt, price);
                }

                break;
        }
    }

    private void Happen(LineWriter conversions, long unit, int what, long at, double? value)
    {
        _events.Add((what, at, value ?? 0));
        var id = ++_eventId;
        switch (what)
        {
            case 0:
                Purchase(conversions, id, unit, at, value ?? 0);
                break;
            case 1:
                conversions.Write($"{{\"event_id\":\"e{id:D10}\",\"unit_id\":\"u{unit:D8}\",\"event_name\":\"page_load\",\"event_at\":\"{Text(at)}\",\"event_value\":{value ?? 0}}}");
                break;
            default:
                conversions.Write($"{{\"event_id\":\"e{id:D10}\",\"unit_id\":\"u{unit:D8}\",\"event_name\":\"session_ok\",\"event_at\":\"{Text(at)}\"}}");
                break;
        }
    }

    private void Purchase(LineWriter conversions, long id, long unit, long at, double price) =>
        conversions.Write($"{{\"event_id\":\"e{id:D10}\",\"unit_id\":\"u{unit:D8}\",\"event_name\":\"purchase\",\"event_at\":\"{Text(at)}\",\"event_value\":{price:F2},\"attributes\":{{\"currency\":\"EUR\"}}}}");

    /// <summary>The unit's values as the metrics define them, computed here on their own.</summary>
    private void Count(int mode, int arm, long anchor)
    {
        long purchases = 0;
        double revenue = 0;
        long loads = 0;
        double waited = 0;
        long sessions = 0;
        foreach (var (what, at, value) in _events)
        {
            if (at < anchor || at >= anchor + Window)
            {
                continue;
            }

            switch (what)
            {
                case 0:
                    purchases++;
                    revenue += Math.Round(value, 2);
                    break;
                case 1:
                    loads++;
                    waited += value;
                    break;
                default:
                    sessions++;
                    break;
            }
        }

        Put(mode, 0, arm, purchases > 0 ? 1 : 0);
        Put(mode, 1, arm, revenue);
        if (loads > 0)
        {
            Put(mode, 2, arm, waited / loads);
        }

        Put(mode, 3, arm, sessions > 0 ? 1 : 0);
    }

    private void Put(int mode, int metric, int arm, double value)
    {
        ref var tally = ref _tallies[Index(mode, metric, arm)];
        tally.Units++;
        tally.Sum += value;
    }

    private void WriteBadAssignments(LineWriter file)
    {
        for (long i = 0; i < _trap; i++)
        {
            switch (i % 5)
            {
                case 0:
                    file.Write($"{_options.ExperimentId},bad{i:D8},control");
                    Add(_assignmentRejects, "field_count");
                    break;
                case 1:
                    file.Write($"{_options.ExperimentId},\"bad{i:D8}\"x,control,2026-01-02T00:00:00Z");
                    Add(_assignmentRejects, "bad_quotes");
                    break;
                case 2:
                    file.Write($"{_options.ExperimentId},bad{i:D8},control,yesterday");
                    Add(_assignmentQuarantine, "bad_timestamp");
                    break;
                case 3:
                    file.Write($"{_options.ExperimentId}, ,control,2026-01-02T00:00:00Z");
                    Add(_assignmentQuarantine, "missing_unit_id");
                    break;
                default:
                    file.Write($"{_options.ExperimentId},bad{i:D8},,2026-01-02T00:00:00Z");
                    Add(_assignmentQuarantine, "missing_variation_id");
                    break;
            }
        }
    }

    private void WriteBadExposures(LineWriter file)
    {
        for (long i = 0; i < _trap; i++)
        {
            var id = ++_eventId;
            file.Write($"e{id:D10},stranger{i:D8},exposure,2026-01-03T00:00:00Z,{_options.ExperimentId},control");
            _unassigned++;
        }

        for (long i = 0; i < _trap; i++)
        {
            var id = ++_eventId;
            switch (i % 4)
            {
                case 0:
                    file.Write($"e{id:D10},bad{i:D8},exposure,2026-01-03T00:00:00Z,{_options.ExperimentId}");
                    Add(_exposureRejects, "field_count");
                    break;
                case 1:
                    file.Write($"e{id:D10},bad{i:D8},exposure,2026-02-30 00:00:00,{_options.ExperimentId},control");
                    Add(_eventQuarantine, "bad_timestamp");
                    break;
                case 2:
                    file.Write($"e{id:D10},bad{i:D8},exposure,2026-01-03T00:00:00Z,,control");
                    Add(_eventQuarantine, "missing_experiment_id");
                    break;
                default:
                    file.Write($"e{id:D10},bad{i:D8},exposure,2026-01-03T00:00:00Z,{_options.ExperimentId},");
                    Add(_eventQuarantine, "missing_variation_id");
                    break;
            }
        }
    }

    private void WriteBadConversions(LineWriter file)
    {
        for (long i = 0; i < _trap; i++)
        {
            var id = ++_eventId;
            switch (i % 5)
            {
                case 0:
                    file.Write($"{{\"event_id\":\"e{id:D10}\",\"unit_id\":\"u{i:D8}\",\"event_name\":\"purchase\",");
                    Add(_conversionRejects, "invalid_json");
                    break;
                case 1:
                    file.Write($"{{\"event_id\":\"e{id:D10}\",\"unit_id\":\"u{i:D8}\",\"event_name\":\"purchase\",\"event_at\":\"2026-01-05T00:00:00Z\",\"event_value\":\"ten\"}}");
                    Add(_eventQuarantine, "bad_number");
                    break;
                case 2:
                    file.Write($"{{\"event_id\":\"e{id:D10}\",\"unit_id\":\"u{i:D8}\",\"event_name\":\"purchase\",\"event_at\":\"05/01/2026\",\"event_value\":10}}");
                    Add(_eventQuarantine, "bad_timestamp");
                    break;
                case 3:
                    file.Write($"{{\"event_id\":\"e{id:D10}\",\"unit_id\":null,\"event_name\":\"purchase\",\"event_at\":\"2026-01-05T00:00:00Z\",\"event_value\":10}}");
                    Add(_eventQuarantine, "missing_unit_id");
                    break;
                default:
                    file.Write($"{{\"event_id\":\"e{id:D10}\",\"unit_id\":\"u{i:D8}\",\"event_at\":\"2026-01-05T00:00:00Z\",\"event_value\":10}}");
                    Add(_eventQuarantine, "missing_event_name");
                    break;
            }
        }

        // The data run on for ten days after the end, so that every window has ended.
        var last = ++_eventId;
        file.Write($"{{\"event_id\":\"e{last:D10}\",\"unit_id\":\"monitor\",\"event_name\":\"heartbeat\",\"event_at\":\"{Text(Length + (10 * Day))}\"}}");
    }

    private static void Add(SortedDictionary<string, long> counts, string rule) => counts[rule] = counts.GetValueOrDefault(rule) + 1;

    /// <summary>Every fifth time falls on a whole second, so that the forms without fraction occur too.</summary>
    private long Moment(long at) => _random.Integer(5) == 0 ? at - (((at % Second) + Second) % Second) : at;

    /// <summary>A time in one of the forms that the platform reads.</summary>
    private TimeText Text(long at) => new(Start.AddMilliseconds(at), _random.Integer(at % Second == 0 ? 6 : 4));

    /// <summary>Formats itself into the line, so that no text is made of it.</summary>
    private readonly struct TimeText(DateTime at, int form) : IUtf8SpanFormattable
    {
        public string ToString(string? format, IFormatProvider? formatProvider) => form switch
        {
            0 => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            1 => at.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture),
            2 => at.AddHours(2).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+02:00'", CultureInfo.InvariantCulture),
            3 => Epoch.ToString(CultureInfo.InvariantCulture),
            4 => (Epoch / 1000).ToString(CultureInfo.InvariantCulture),
            5 => at.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
            _ => throw new InvalidOperationException("No such form of a time."),
        };

        public bool TryFormat(
            Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => form switch
            {
                0 => at.TryFormat(utf8Destination, out bytesWritten, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                1 => at.TryFormat(utf8Destination, out bytesWritten, "yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture),
                2 => at.AddHours(2).TryFormat(utf8Destination, out bytesWritten, "yyyy-MM-dd'T'HH:mm:ss.fff'+02:00'", CultureInfo.InvariantCulture),
                3 => Epoch.TryFormat(utf8Destination, out bytesWritten, provider: CultureInfo.InvariantCulture),
                4 => (Epoch / 1000).TryFormat(utf8Destination, out bytesWritten, provider: CultureInfo.InvariantCulture),
                5 => at.TryFormat(utf8Destination, out bytesWritten, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
                _ => throw new InvalidOperationException("No such form of a time."),
            };

        private long Epoch => (at.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
    }
}

namespace Experiments.Runner.Tests.Recomputation;

/// <summary>A randomised unit in a metric: its value before and after the cap, and what stands beside it.</summary>
internal sealed record UnitValue(CohortUnit Unit, double Raw, double Y, double? D, double? X, double? W, bool HasCovariate);

/// <summary>The values of units in a metric, the caps they are held between, and those of the covariate.</summary>
internal sealed record MetricValues(
    double? CapLower,
    double? CapUpper,
    bool IsDegenerate,
    double? LowerX,
    double? UpperX,
    List<CohortUnit> Eligible,
    List<UnitValue> Values);

/// <summary>The values of units in one experiment and mode, straight from the definitions.</summary>
internal sealed class UnitValues
{
    private readonly Trial _trial;
    private readonly LandedFiles _files;
    private readonly Dictionary<string, Dictionary<string, Happening[]>> _events;
    private readonly ILookup<string, string>? _members;

    public UnitValues(TrialFacts facts, LandedFiles files, string mode)
    {
        _trial = facts.Trial;
        _files = files;
        Units =
        [
            .. facts.Cohort.Where(unit => !unit.IsExcluded && (mode == "itt" || unit.ExposedAt is not null)),
        ];
        Anchors = Units.ToDictionary(
            unit => unit.Id, unit => mode == "itt" ? unit.AssignedAt : unit.ExposedAt!.Value, StringComparer.Ordinal);
        _events = files.Happenings.GroupBy(row => row.Unit, StringComparer.Ordinal).ToDictionary(
            group => group.Key,
            group => group.GroupBy(row => row.Name, StringComparer.Ordinal)
                .ToDictionary(named => named.Key, named => named.ToArray(), StringComparer.Ordinal),
            StringComparer.Ordinal);
        _members = _trial.ClusterAttribute is { } attribute
            ? files.Attribute(attribute).ToLookup(
                group => group.MaxBy(held => held.From).Value, group => group.Key, StringComparer.Ordinal)
            : null;
    }

    public List<CohortUnit> Units { get; }

    public Dictionary<string, long> Anchors { get; }

    /// <summary>Units that a metric lets in: anchored in time, and their windows ended.</summary>
    public List<CohortUnit> Eligible(Metric metric)
    {
        long mature = MatureHours(metric) * Clock.Hour;
        long before = metric.Eligibility is { } hours ? _trial.Start + (hours * Clock.Hour) : Clock.Never;
        return [.. Units.Where(unit => Anchors[unit.Id] < before && Anchors[unit.Id] + mature <= _files.Watermark)];
    }

    /// <summary>The members of a unit that are analysed: itself, where it is no cluster.</summary>
    public IEnumerable<string> Members(CohortUnit unit) => _members is null ? [unit.Id] : _members[unit.Id];

    /// <summary>A member's events in the window of a metric, from its unit's anchor.</summary>
    public List<Happening> InWindow(Metric metric, CohortUnit unit, string member) =>
        InWindow(metric, Anchors[unit.Id], member, null);

    public MetricValues Of(Metric metric)
    {
        Metric numerator = Numerator(metric);
        Metric? covariate = CovariateTop(metric);
        List<CohortUnit> eligible = Eligible(metric);
        List<(CohortUnit Unit, string Member)> members =
            [.. eligible.SelectMany(unit => Members(unit).Select(member => (unit, member)))];
        (double? low, double? high, bool isDegenerate) = Caps(numerator, members.Select(row =>
            Value(metric, numerator, InWindow(numerator, Anchors[row.Unit.Id], row.Member, null))));
        (double? lowX, double? highX, _) = covariate is null
            ? (null, null, false)
            : Caps(covariate, members.Select(row =>
                Value(covariate, covariate, LookBack(covariate, metric, row.Unit, row.Member))));
        MetricValues values = new(low, high, isDegenerate, lowX, highX, eligible, []);
        values.Values.AddRange(eligible.Select(unit => At(metric, unit, values, Clock.Never)).OfType<UnitValue>());
        return values;
    }

    /// <summary>
    /// A unit's value of its events before a time, held between the caps of the whole; null where it has none by then.
    /// Its covariates are as they were at its anchor.
    /// </summary>
    public UnitValue? At(Metric metric, CohortUnit unit, MetricValues whole, long before)
    {
        Metric numerator = Numerator(metric);
        Metric? denominator = metric.Denominator is { } d ? Definitions.Find(d) : null;
        Metric? covariateTop = CovariateTop(metric);
        Metric? covariateBottom = metric.CovariateHours is not null && metric.Type == "ratio"
            && Definitions.Find(metric.Covariate ?? metric.Id).Denominator is { } bottom
                ? Definitions.Find(bottom)
                : null;
        List<string> members = [.. Members(unit)];
        List<double> raw =
            [.. members.Select(member => Value(metric, numerator, Window(numerator, member))).OfType<double>()];

        // A cluster without members: nothing of nobody.
        if (raw.Count == 0 && (_members is null || !CountsWithoutEvents(metric)))
        {
            return null;
        }

        return new UnitValue(
            unit,
            raw.Sum(),
            raw.Sum(value => Hold(value, whole.CapLower, whole.CapUpper)),
            denominator is not null
                ? members.Sum(member => Value(denominator, denominator, Window(denominator, member)) ?? 0)
                : metric.Type == "quantile"
                    ? members.Sum(member => Window(metric, member).Count(row => row.Value is not null))
                    : _members is null ? null : raw.Count,
            covariateTop is null ? null : Covariate(metric, unit, whole).X,
            covariateBottom is null
                ? null
                : members.Sum(member => Value(
                    covariateBottom, covariateBottom, LookBack(covariateBottom, metric, unit, member)) ?? 0),
            covariateTop is not null && Covariate(metric, unit, whole).HasEvents);

        List<Happening> Window(Metric part, string member) =>
            InWindow(part, Anchors[unit.Id], member, null, before);
    }

    /// <summary>A unit's covariate for a metric that looks back, and whether it has events for it.</summary>
    public (double X, bool HasEvents) Covariate(Metric metric, CohortUnit unit, MetricValues whole)
    {
        Metric covariate = CovariateTop(metric)!;
        List<List<Happening>> members =
            [.. Members(unit).Select(member => LookBack(covariate, metric, unit, member))];
        return (
            members.Sum(events => Hold(Value(covariate, covariate, events) ?? 0, whole.LowerX, whole.UpperX)),
            members.Exists(events => events.Count > 0));
    }

    /// <summary>The days on which a unit has events for a metric; those before its anchor's count as that one.</summary>
    public SortedSet<long> EventDays(Metric metric, CohortUnit unit)
    {
        long first = Clock.DayOf(Anchors[unit.Id]);
        return
        [
            .. from part in Parts(metric)
               from member in Members(unit)
               from row in InWindow(part, Anchors[unit.Id], member, null)
               select Math.Max(first, Clock.DayOf(Anchors[unit.Id] + row.At)),
        ];
    }

    /// <summary>How long after its anchor a unit enters a metric, in hours: 0 where nothing is waited for.</summary>
    public static int MatureHours(Metric metric) => metric.IsComplete
        ? Parts(metric).Max(part => part.End is { } end ? end + metric.Delay : 0)
        : 0;

    /// <summary>Whether a unit without events has a value in a metric.</summary>
    public static bool CountsWithoutEvents(Metric metric) => IsCounted(metric, Numerator(metric));

    private static Metric Numerator(Metric metric) => metric.Numerator is { } n ? Definitions.Find(n) : metric;

    /// <summary>What a metric's covariate is counted by; of a ratio's, the numerator.</summary>
    private static Metric? CovariateTop(Metric metric)
    {
        Metric? covariate = metric.CovariateHours is null ? null : Definitions.Find(metric.Covariate ?? metric.Id);
        return covariate is null ? null : Numerator(covariate);
    }

    private static IEnumerable<Metric> Parts(Metric metric) =>
        metric.Type == "ratio" ? [Definitions.Find(metric.Numerator!), Definitions.Find(metric.Denominator!)] : [metric];

    /// <summary>Whether a unit without events has the value 0.</summary>
    public static bool IsCounted(Metric metric, Metric part) => Aggregation(metric, part) is
        "count" or "value_count" or "sum" or "distinct_values" or "distinct_days";

    /// <summary>How the events of a part are put together.</summary>
    public static string Aggregation(Metric metric, Metric part) => (metric.Type, part.Type) switch
    {
        ("quantile", _) => "sum",
        ("time_to_event", _) => "first_time",
        (_, "retention") => "distinct_days",
        _ => part.Aggregation ?? "count",
    };

    private static double Hold(double value, double? low, double? high) =>
        value > high ? high.Value : value < low ? low.Value : value;

    /// <summary>The caps of a metric over all members of all arms; percentiles by type 7 of Hyndman and Fan 1996.</summary>
    private static (double? Low, double? High, bool IsDegenerate) Caps(Metric metric, IEnumerable<double?> raw)
    {
        if (metric.WinsorLower is null && metric.WinsorUpper is null)
        {
            return (metric.CapLower, metric.CapUpper, false);
        }

        double[] values = [.. raw.OfType<double>().Where(value => !metric.IsNonzero || value != 0).Order()];
        if (values.Length == 0)
        {
            return (metric.CapLower, metric.CapUpper, false);
        }

        double? high = metric.WinsorUpper is { } q ? Percentile(values, q) : metric.CapUpper;
        bool isDegenerate = metric.WinsorUpper is not null
            && (high == 0 || (values.Any(value => value > 0) && high < values.First(value => value > 0)));
        return (metric.WinsorLower is { } p ? Percentile(values, p) : metric.CapLower, high, isDegenerate);
    }

    /// <summary>The quantile of sorted values by linear interpolation: place (n - 1) p.</summary>
    public static double Percentile(double[] sorted, double fraction)
    {
        double place = (sorted.Length - 1) * fraction;
        int below = (int)Math.Floor(place);
        int above = (int)Math.Ceiling(place);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }

    private static bool Meets(Happening row, Condition condition)
    {
        string? text = row.Attributes.GetValueOrDefault(condition.Attribute);
        return condition.Operator switch
        {
            "equals" or "in" => condition.Values.Contains(text),
            "is_null" => text is null,
            "not_null" => text is not null,
            _ => text is not null
                && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double number)
                && number >= (condition.Low ?? double.MinValue) && number < (condition.High ?? double.MaxValue),
        };
    }

    private List<Happening> LookBack(Metric part, Metric metric, CohortUnit unit, string member) =>
        InWindow(part, Anchors[unit.Id], member, metric.CovariateHours);

    private List<Happening> InWindow(
        Metric part, long anchor, string member, int? lookBack, long before = Clock.Never)
    {
        long from = anchor + ((lookBack is { } hours ? -hours : part.Start) * Clock.Hour);
        long to = lookBack is not null ? anchor
            : part.End is { } end ? anchor + (end * Clock.Hour) : _trial.End ?? Clock.Never;
        return _events.TryGetValue(member, out Dictionary<string, Happening[]>? byName)
            && byName.TryGetValue(part.Event!, out Happening[]? events)
            ? [.. events.Where(row => row.At >= from && row.At < to && row.At < before
                && part.Filters.All(filter => Meets(row, filter))).Select(row => row with { At = row.At - anchor })]
            : [];
    }

    /// <summary>The value that events give to a part of a metric, null where they give none.</summary>
    public static double? Value(Metric metric, Metric part, List<Happening> events)
    {
        double[] values = [.. events.Select(row => row.Value).OfType<double>()];
        double? aggregate = Aggregation(metric, part) switch
        {
            "count" => events.Count,
            "value_count" => values.Length,
            "sum" => values.Sum(),
            "max" => values.Length > 0 ? values.Max() : null,
            "min" => values.Length > 0 ? values.Min() : null,
            "avg" => values.Length > 0 ? values.Sum() / values.Length : null,
            "distinct_values" when part.DistinctAttribute is { } name =>
                events.Select(row => row.Attributes.GetValueOrDefault(name)).OfType<string>().Distinct().Count(),
            "distinct_values" => values.Distinct().Count(),
            "distinct_days" => events.Select(row => Math.Floor(row.At / (double)Clock.Day)).Distinct().Count(),
            "first_time" => events.Count > 0 ? events.Min(row => row.At) / (double)Clock.Hour : null,
            string other => throw new InvalidOperationException($"No aggregation {other}."),
        };
        return part.Type is "proportion" or "retention"
            ? aggregate is null ? null : aggregate >= (part.Threshold ?? 1) ? 1 : 0
            : aggregate;
    }
}

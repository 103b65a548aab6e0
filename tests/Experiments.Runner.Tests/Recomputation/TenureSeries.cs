namespace Experiments.Runner.Tests.Recomputation;

/// <summary>Values of units by day of tenure, and the slopes of those that sum events, of one experiment.</summary>
/// <param name="centers">The constants (y, d) of a mode's metric: any will do, so they are given.</param>
internal sealed class TenureSeries(
    TrialFacts facts, LandedFiles files, Func<string, string, (double Y, double? D)> centers)
{
    /// <summary>Days after these are not followed.</summary>
    private const int LastDays = 90;

    public ExpectedTable Days { get; } = new();

    public ExpectedTable Slopes { get; } = new();

    public TenureSeries Compute()
    {
        if (facts.Trial.ClusterAttribute is not null)
        {
            return this;
        }

        foreach (string mode in facts.Trial.ComputedModes)
        {
            UnitValues units = new(facts, files, mode);
            foreach (Metric metric in facts.Trial.Metrics.Where(
                static metric => metric.Type is "mean" or "proportion" or "ratio" or "retention"))
            {
                Add(mode, metric, units);
            }
        }

        return this;
    }

    private static bool IsSum(Metric metric) => metric.Type == "retention"
        || (metric.Type is "mean" or "proportion"
            && UnitValues.Aggregation(metric, metric) is "count" or "value_count" or "sum");

    private void Add(string mode, Metric metric, UnitValues units)
    {
        Metric top = metric.Numerator is { } n ? Definitions.Find(n) : metric;
        Metric? bottom = metric.Denominator is { } d ? Definitions.Find(d) : null;
        Metric[] parts = bottom is null ? [top] : [top, bottom];
        int first = parts.Max(static part => Math.Max(0, (int)Math.Ceiling(part.Start / 24.0)));
        int end = parts.Min(static part => part.End is { } hours ? Math.Min(LastDays, hours / 24) : LastDays);
        long horizon = parts.Any(static part => part.End is null) && facts.Trial.End is { } over
            ? Math.Min(over, files.Watermark)
            : files.Watermark;
        long before = metric.Eligibility is { } eligible ? facts.Trial.Start + (eligible * Clock.Hour) : Clock.Never;
        List<CohortUnit> followed =
            [.. units.Units.Where(unit => units.Anchors[unit.Id] < before && units.Anchors[unit.Id] <= horizon)];
        int Behind(CohortUnit unit) => (int)((horizon - units.Anchors[unit.Id]) / Clock.Day);
        var eventsOf = followed.ToDictionary(static unit => unit, unit => parts.Select(part =>
            units.InWindow(part, unit, unit.Id).ToLookup(static row => (int)Math.Floor(row.At / (double)Clock.Day)))
            .ToArray());
        foreach (var arm in followed.GroupBy(static unit => (unit.Arm, unit.Epoch)))
        {
            for (int day = first; day < end && arm.Any(unit => Behind(unit) > day); day++)
            {
                List<CohortUnit> counted = [.. arm.Where(unit => Behind(unit) > day)];
                Days.Add(
                    Day(metric, top, bottom, centers(mode, metric.Id), counted, unit =>
                        [.. eventsOf[unit].Select(rows => rows[day].ToList())]),
                    mode, metric.Id, arm.Key.Arm, arm.Key.Epoch, day);
            }
        }

        if (IsSum(metric))
        {
            AddSlopes(mode, metric, first, end, followed, Behind, (unit, day) => [.. eventsOf[unit][0][day]]);
        }
    }

    /// <summary>The sums of a day over the units that have it behind them.</summary>
    private static Dictionary<string, Cell> Day(
        Metric metric,
        Metric top,
        Metric? bottom,
        (double Y, double? D) center,
        List<CohortUnit> units,
        Func<CohortUnit, List<Happening>[]> eventsOf)
    {
        List<(double Y, double D)> values = [];
        int active = 0;
        foreach (CohortUnit unit in units)
        {
            List<Happening>[] events = eventsOf(unit);
            active += events.Any(static rows => rows.Count > 0) ? 1 : 0;
            if (DayValue(metric, top, events[0]) is { } y)
            {
                values.Add((y, bottom is null ? 0 : UnitValues.Value(metric, bottom, events[1]) ?? 0));
            }
        }

        bool hasD = bottom is not null;
        double kd = center.D ?? 0;
        return new()
        {
            ["metric_version"] = new(1L),
            ["unit_count"] = new((long)units.Count),
            ["active_count"] = new((long)active),
            ["n_units"] = new((long)values.Count),
            ["center_value"] = new(center.Y),
            ["sum_centered"] = Total.Of(values.Select(row => row.Y - center.Y)),
            ["sum_centered_sq"] = Total.Of(values.Select(row => (row.Y - center.Y) * (row.Y - center.Y))),
            ["center_d"] = new(center.D),
            ["sum_d"] = hasD ? Total.Of(values.Select(row => row.D - kd)) : default,
            ["sum_dd"] = hasD ? Total.Of(values.Select(row => (row.D - kd) * (row.D - kd))) : default,
            ["sum_yd"] = hasD ? Total.Of(values.Select(row => (row.Y - center.Y) * (row.D - kd))) : default,
        };
    }

    /// <summary>A unit's value of one day; of retention, whether it was active.</summary>
    private static double? DayValue(Metric metric, Metric top, List<Happening> events) => metric.Type == "retention"
        ? events.Count > 0 ? 1 : 0
        : events.Count == 0 && !UnitValues.IsCounted(metric, top) ? null : UnitValues.Value(metric, top, events);

    /// <summary>Z = sum (k - kbar) y_k / sum (k - kbar)^2 over the K days from the first (STATISTICS row 31).</summary>
    private void AddSlopes(
        string mode,
        Metric metric,
        int first,
        int end,
        List<CohortUnit> followed,
        Func<CohortUnit, int> behind,
        Func<CohortUnit, int, List<Happening>> eventsOf)
    {
        int days = metric.End is not null
            ? Math.Min(28, end - first)
            : new[] { 28, 21, 14 }.FirstOrDefault(
                weeks => 2 * followed.Count(unit => behind(unit) >= first + weeks) >= followed.Count, 7);
        if (days < 7)
        {
            return;
        }

        double middle = (days - 1) / 2.0;
        double squares = Enumerable.Range(0, days).Sum(k => (k - middle) * (k - middle));
        foreach (var arm in followed.Where(unit => behind(unit) >= first + days).GroupBy(unit => (unit.Arm, unit.Epoch)))
        {
            Total sum = default;
            Total sumOfSquares = default;
            double size = 0;
            double sizeOfSquares = 0;
            foreach (CohortUnit unit in arm)
            {
                Total slope = default;
                for (int k = 0; k < days; k++)
                {
                    slope.Add((k - middle) / squares * DayValue(metric, metric, eventsOf(unit, first + k))!.Value);
                }

                // A slope is a sum itself, which may cancel: what it is made of tells how exact it can be.
                sum.Add(slope.Value);
                sumOfSquares.Add(slope.Value * slope.Value);
                size += slope.Size;
                sizeOfSquares += slope.Size * slope.Size;
            }

            Slopes.Add(
                new()
                {
                    ["metric_version"] = new(1L),
                    ["day_count"] = new((long)days),
                    ["n_units"] = new(arm.LongCount()),
                    ["sum_z"] = new(sum.Value, size),
                    ["sum_zz"] = new(sumOfSquares.Value, sizeOfSquares),
                },
                mode, metric.Id, arm.Key.Arm, arm.Key.Epoch);
        }
    }
}

namespace Experiments.Runner.Tests.Recomputation;

/// <summary>
/// An aggregate by day. A unit that a metric lets in enters n_assigned on the UTC day of its anchor. Where the metric
/// waits for windows, it enters n_units and the sums on the day its window and delay are over. Where not, it is in them
/// from the day of its anchor (where it counts without events) or of its first value, and on a day with events the sums
/// lose what it was at the end of the day before and gain what it is at the end of this one.
/// </summary>
/// <remarks>
/// There is a row for each arm and day with an anchor of a unit of the mode, whether the metric lets it in or not; with
/// a unit that enters n_units; and, where nothing is waited for, with an event in the window of a unit that has a value
/// by then, even one that adds nothing to it (a product bought before, a value beyond the cap): such a row has zeros.
/// A unit that is let in without a value on a day without anchors gives no row.
/// </remarks>
internal static class DailySeries
{
    /// <summary>Adds the days of one metric.</summary>
    /// <param name="table">Where the rows go.</param>
    /// <param name="mode">The mode.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="units">The units of the mode.</param>
    /// <param name="whole">The metric's caps and units, the same on all days.</param>
    /// <param name="sums">Gives the counts and sums of terms.</param>
    public static void Add(
        ExpectedTable table,
        string mode,
        Metric metric,
        UnitValues units,
        MetricValues whole,
        Func<IReadOnlyList<Term>, Dictionary<string, Cell>> sums)
    {
        ILookup<(string, int), CohortUnit> eligible = whole.Eligible.ToLookup(unit => (unit.Arm, unit.Epoch));
        foreach (var arm in units.Units.GroupBy(unit => (unit.Arm, unit.Epoch)))
        {
            ILookup<long, Term> changes = eligible[arm.Key].SelectMany(unit => Terms(metric, units, whole, unit))
                .ToLookup(row => row.Day, row => row.Term);
            ILookup<long, CohortUnit> entries = arm.ToLookup(unit => Clock.DayOf(units.Anchors[unit.Id]));
            foreach (long day in changes.Select(group => group.Key).Union(entries.Select(group => group.Key)))
            {
                Dictionary<string, Cell> row = sums([.. changes[day]]);
                row["metric_version"] = new(1L);
                row["n_assigned"] = new(entries[day].LongCount());
                table.Add(row, mode, metric.Id, arm.Key.Arm, arm.Key.Epoch, Clock.Iso(day * Clock.Day)[..10]);
            }
        }
    }

    /// <summary>
    /// Running sums of the days: every series has a row on every day on which any series of its mode has one, with
    /// zeros before its own first. What 1e-12 is taken of grows with them.
    /// </summary>
    public static ExpectedTable Running(ExpectedTable daily)
    {
        ExpectedTable running = new();
        var rows = daily.Rows.Select(pair => (
            Mode: pair.Key[..pair.Key.IndexOf(' ', StringComparison.Ordinal)],
            Series: pair.Key[..^13],
            Day: pair.Key[^10..],
            Cells: pair.Value)).ToList();
        foreach (var mode in rows.GroupBy(row => row.Mode))
        {
            List<string> days = [.. mode.Select(row => row.Day).Distinct().Order(StringComparer.Ordinal)];
            foreach (var series in mode.GroupBy(row => row.Series))
            {
                Dictionary<string, Dictionary<string, Cell>> byDay =
                    series.ToDictionary(row => row.Day, row => row.Cells);
                Dictionary<string, Cell> now = series.First().Cells.ToDictionary(
                    pair => pair.Key, pair => IsConstant(pair.Key) ? pair.Value : Zero(pair.Value));
                foreach (string day in days)
                {
                    now = byDay.TryGetValue(day, out Dictionary<string, Cell>? change)
                        ? now.ToDictionary(
                            pair => pair.Key,
                            pair => IsConstant(pair.Key) ? pair.Value : Sum(pair.Value, change[pair.Key]))
                        : now;
                    running.Add(now, series.Key, day);
                }
            }
        }

        return running;
    }

    private static bool IsConstant(string column) =>
        column == "metric_version" || column.StartsWith("center_", StringComparison.Ordinal);

    private static Cell Zero(Cell cell) => new(cell.Value switch
    {
        long => 0L,
        double => 0d,
        _ => null,
    });

    private static Cell Sum(Cell before, Cell change) => before.Value switch
    {
        long count => new(count + (long)change.Value!),
        double sum => new(sum + (double)change.Value!, before.Scale + change.Scale),
        _ => before,
    };

    /// <summary>What a unit adds to the sums and takes from them, by day.</summary>
    private static IEnumerable<(long Day, Term Term)> Terms(
        Metric metric, UnitValues units, MetricValues whole, CohortUnit unit)
    {
        long anchor = units.Anchors[unit.Id];
        int hours = UnitValues.MatureHours(metric);
        if (hours > 0)
        {
            if (units.At(metric, unit, whole, Clock.Never) is { } value)
            {
                yield return (Clock.DayOf(anchor + (hours * Clock.Hour)), new Term(value, 1));
            }

            yield break;
        }

        UnitValue? last = null;
        foreach (long day in units.EventDays(metric, unit).Prepend(Clock.DayOf(anchor)).Distinct())
        {
            if (units.At(metric, unit, whole, (day + 1) * Clock.Day) is not { } state)
            {
                continue;
            }

            // Units enter as ones that did nothing and change from there: that adds to the size of the terms alone.
            if (last is null && UnitValues.CountsWithoutEvents(metric))
            {
                last = new UnitValue(unit, 0, 0, 0, 0, 0, true);
                yield return (day, new Term(last, 1));
            }

            yield return (day, new Term(state, 1));
            if (last is not null)
            {
                yield return (day, new Term(last, -1));
            }

            last = state;
        }
    }
}

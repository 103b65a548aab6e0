namespace Experiments.Runner.Tests.Recomputation;

/// <summary>The aggregates of one experiment.</summary>
/// <param name="centers">
/// The constants (y, d, x, w) that sums are centred at, by mode and metric: any constant will do, so they are given.
/// </param>
/// <param name="regressionCenters">The same of the sums with several covariates: of y and of each of them.</param>
internal sealed class Recomputed(
    TrialFacts facts,
    LandedFiles files,
    Func<string, string, Centers> centers,
    Func<string, string, double[]> regressionCenters)
{
    public ExpectedTable ByVariant { get; } = new();

    public ExpectedTable ByDimension { get; } = new();

    public ExpectedTable Quantiles { get; } = new();

    public ExpectedTable Ranks { get; } = new();

    public ExpectedTable RiskSets { get; } = new();

    public ExpectedTable QuantilesByDimension { get; } = new();

    public ExpectedTable RanksByDimension { get; } = new();

    public ExpectedTable RiskSetsByDimension { get; } = new();

    public ExpectedTable Daily { get; } = new();

    public ExpectedTable Covariates { get; } = new();

    private Trial Trial => facts.Trial;

    private int LastEpoch => facts.Cohort.Max(unit => unit.Epoch);

    public Recomputed Compute()
    {
        foreach (string mode in Trial.ComputedModes)
        {
            UnitValues units = new(facts, files, mode);
            Part[] parts =
            [
                new(_ => true, Quantiles, Ranks, RiskSets, []),
                .. Trial.Dimensions.SelectMany(dimension =>
                {
                    Dictionary<CohortUnit, string> valueOf = Held(units, dimension);
                    return valueOf.Values.Distinct().Select(value => new Part(
                        unit => valueOf.TryGetValue(unit, out string? own) && own == value,
                        QuantilesByDimension, RanksByDimension, RiskSetsByDimension, [dimension, value]));
                }),
            ];
            foreach (Metric metric in Trial.Metrics)
            {
                MetricValues values = units.Of(metric);
                AddSums(mode, metric, units, values);
                DailySeries.Add(
                    Daily, mode, metric, units, values,
                    terms => CentredSums.Of(Trial, metric, centers(mode, metric.Id), terms));
                if (Trial.Covariates.ContainsKey(metric.Id) && values.Values.Count > 0)
                {
                    RegressionSums.Add(
                        Covariates, mode, metric, Trial, units, values, regressionCenters(mode, metric.Id),
                        files.Watermark);
                }
                foreach (Part part in parts)
                {
                    if (metric.Type == "quantile")
                    {
                        AddQuantiles(mode, metric, units, part);
                    }

                    if (metric.IsRanked)
                    {
                        AddRanks(mode, metric, values, part);
                    }

                    if (metric.Type == "time_to_event")
                    {
                        AddRiskSets(mode, metric, units, part);
                    }
                }
            }
        }

        return this;
    }

    private void AddSums(string mode, Metric metric, UnitValues units, MetricValues values)
    {
        ILookup<(string, int), UnitValue> byArm = values.Values.ToLookup(value => (value.Unit.Arm, value.Unit.Epoch));
        foreach (var group in units.Units.GroupBy(unit => (unit.Arm, unit.Epoch)))
        {
            ByVariant.Add(
                Sums(mode, metric, values, group.LongCount(), [.. byArm[group.Key]]),
                mode, metric.Id, group.Key.Arm, group.Key.Epoch);
        }

        foreach (string dimension in Trial.Dimensions)
        {
            Dictionary<CohortUnit, string> valueOf = Held(units, dimension);
            ILookup<(string, string, int), UnitValue> cells = values.Values.Where(value => valueOf.ContainsKey(value.Unit))
                .ToLookup(value => (valueOf[value.Unit], value.Unit.Arm, value.Unit.Epoch));
            foreach (var group in valueOf.GroupBy(pair => (pair.Value, pair.Key.Arm, pair.Key.Epoch)))
            {
                ByDimension.Add(
                    Sums(mode, metric, values, group.LongCount(), [.. cells[group.Key]]),
                    mode, metric.Id, dimension, group.Key.Value, group.Key.Arm, group.Key.Epoch);
            }
        }
    }

    /// <summary>The value of a dimension that each unit had when it was assigned; units without one are left out.</summary>
    private Dictionary<CohortUnit, string> Held(UnitValues units, string dimension)
    {
        ILookup<string, (long From, string Value)> held =
            files.Attribute(dimension == "os" ? "platform" : dimension);
        Dictionary<CohortUnit, string> valueOf = [];
        foreach (CohortUnit unit in units.Units)
        {
            List<(long From, string Value)> before = [.. held[unit.Id].Where(row => row.From <= unit.AssignedAt)];
            if (before.Count > 0)
            {
                valueOf[unit] = before.MaxBy(row => row.From).Value;
            }
        }

        return valueOf;
    }

    private Dictionary<string, Cell> Sums(
        string mode, Metric metric, MetricValues values, long assigned, List<UnitValue> rows)
    {
        double k = centers(mode, metric.Id).Y;
        bool hasCap = values.CapLower is not null || values.CapUpper is not null;
        Dictionary<string, Cell> sums =
            CentredSums.Of(Trial, metric, centers(mode, metric.Id), [.. rows.Select(row => new Term(row, 1))]);
        foreach ((string column, Cell cell) in new Dictionary<string, Cell>
        {
            ["metric_version"] = new(1L),
            ["n_assigned"] = new(assigned),
            ["min_value"] = new(rows.Count > 0 ? rows.Min(row => row.Y) : null),
            ["max_value"] = new(rows.Count > 0 ? rows.Max(row => row.Y) : null),
            ["capped_count"] = new(hasCap ? rows.LongCount(row => row.Y != row.Raw) : null),
            ["cap_lower"] = new(values.CapLower),
            ["cap_upper"] = new(values.CapUpper),
            ["cap_reason"] = new(values.IsDegenerate ? "cap_degenerate" : null),
            ["sum_raw_centered"] = hasCap ? Total.Of(rows.Select(row => row.Raw - k)) : default,
            ["sum_raw_centered_sq"] = hasCap ? Total.Of(rows.Select(row => Square(row.Raw - k))) : default,
        })
        {
            sums.Add(column, cell);
        }

        return sums;
    }

    private void AddQuantiles(string mode, Metric metric, UnitValues units, Part part)
    {
        foreach (var arm in units.Eligible(metric).Where(unit => unit.Epoch == LastEpoch && part.Has(unit))
            .GroupBy(unit => unit.Arm))
        {
            List<double[]> clusters =
            [
                .. arm.Select(unit => units.Members(unit).SelectMany(member => units.InWindow(metric, unit, member))
                    .Select(row => row.Value).OfType<double>().ToArray()).Where(values => values.Length > 0),
            ];
            double[] sorted = [.. clusters.SelectMany(values => values).Order()];
            if (sorted.Length == 0)
            {
                continue;
            }

            double fraction = metric.Fraction!.Value;
            double quantile = UnitValues.Percentile(sorted, fraction);
            double share = sorted.Count(value => value <= quantile) / (double)sorted.Length;
            Cell residual = Total.Of(clusters.Select(values =>
                Square(values.Count(value => value <= quantile) - (share * values.Length))));
            double count = clusters.Count;
            double? variance = count > 1
                ? count / (count - 1) * (double)residual.Value! / ((double)sorted.Length * sorted.Length)
                : null;
            long? low = Rank(Math.Floor(sorted.Length * (fraction - (1.959963984540054 * Math.Sqrt(variance ?? double.NaN)))));
            long? high =
                Rank(Math.Ceiling(sorted.Length * (fraction + (1.959963984540054 * Math.Sqrt(variance ?? double.NaN)))));
            part.Quantiles.Add(
                new()
                {
                    ["metric_version"] = new(1L),
                    ["weight_epoch"] = new((long)LastEpoch),
                    ["quantile_fraction"] = new(fraction),
                    ["n_units"] = new((long)clusters.Count),
                    ["observation_count"] = new((long)sorted.Length),
                    ["quantile_value"] = new(quantile),
                    ["share_at_or_below"] = new(share),
                    ["sum_residual_sq"] = residual,
                    ["level_variance"] = new(variance),
                    ["lower_rank"] = new(low),
                    ["upper_rank"] = new(high),
                    ["lower_value"] = new(low is { } a ? sorted[a - 1] : null),
                    ["upper_value"] = new(high is { } b ? sorted[b - 1] : null),
                    ["atom_share"] = new(sorted.Count(value => value == quantile) / (double)sorted.Length),
                },
                [mode, metric.Id, .. part.Key, arm.Key]);

            long? Rank(double place) => double.IsNaN(place) ? null : (long)Math.Clamp(place, 1, sorted.Length);
        }
    }

    /// <summary>Every pair of a treatment's and the control's unit, one by one.</summary>
    private void AddRanks(string mode, Metric metric, MetricValues values, Part part)
    {
        ILookup<string, double> byArm = values.Values
            .Where(value => value.Unit.Epoch == LastEpoch && part.Has(value.Unit)
                && (Trial.ClusterAttribute is null || value.D > 0))
            .ToLookup(value => value.Unit.Arm, value => Trial.ClusterAttribute is null ? value.Y : value.Y / value.D!.Value);
        double[] controls = [.. byArm[Trial.Arms[0].Id]];
        foreach (Arm arm in Trial.Arms.Skip(1))
        {
            double[] treated = [.. byArm[arm.Id]];
            if (treated.Length + controls.Length == 0)
            {
                continue;
            }

            double u = treated.Sum(t => controls.Sum(c => t > c ? 1 : t == c ? 0.5 : 0));
            decimal ties = treated.Concat(controls).GroupBy(value => value)
                .Sum(group => ((decimal)group.Count() * group.Count() * group.Count()) - group.Count());
            part.Ranks.Add(
                new()
                {
                    ["metric_version"] = new(1L),
                    ["weight_epoch"] = new((long)LastEpoch),
                    ["control_count"] = new((long)controls.Length),
                    ["treatment_count"] = new((long)treated.Length),
                    ["u_statistic"] = new(u),
                    ["tie_sum"] = new(ties),
                },
                [mode, metric.Id, .. part.Key, arm.Id]);
        }
    }

    private void AddRiskSets(string mode, Metric metric, UnitValues units, Part part)
    {
        List<(CohortUnit Unit, long Time, bool HasEvent)> times = [];
        foreach (CohortUnit unit in units.Eligible(metric).Where(part.Has))
        {
            long anchor = units.Anchors[unit.Id];
            long? first = units.InWindow(metric, unit, unit.Id).Min(row => (long?)row.At);
            long end = Math.Min(
                metric.End is { } hours ? anchor + (hours * Clock.Hour) : Trial.End ?? Clock.Never, files.Watermark);
            times.Add((unit, first ?? end - anchor, first is not null));
        }

        foreach (Arm arm in Trial.Arms.Skip(1))
        {
            foreach (var epoch in times.Where(row => row.Unit.Arm == arm.Id || row.Unit.Arm == Trial.Arms[0].Id)
                .GroupBy(row => row.Unit.Epoch))
            {
                Total expected = default;
                Total variance = default;
                List<(CohortUnit Unit, long Time, bool HasEvent)> rows = [.. epoch];
                foreach (long time in rows.Where(row => row.HasEvent).Select(row => row.Time).Distinct())
                {
                    double n = rows.Count(row => row.Time >= time);
                    double treated = rows.Count(row => row.Time >= time && row.Unit.Arm == arm.Id);
                    double events = rows.Count(row => row.Time == time && row.HasEvent);
                    expected.Add(events * treated / n);
                    variance.Add(n > 1 ? (n - treated) * treated * events * (n - events) / (n * n * (n - 1)) : 0);
                }

                part.RiskSets.Add(
                    new()
                    {
                        ["metric_version"] = new(1L),
                        ["control_count"] = new(rows.LongCount(row => row.Unit.Arm != arm.Id)),
                        ["treatment_count"] = new(rows.LongCount(row => row.Unit.Arm == arm.Id)),
                        ["control_event_count"] = new(rows.LongCount(row => row.Unit.Arm != arm.Id && row.HasEvent)),
                        ["treatment_event_count"] = new(rows.LongCount(row => row.Unit.Arm == arm.Id && row.HasEvent)),
                        ["expected_event_count"] = new(expected.Value, expected.Size),
                        ["event_variance"] = new(variance.Value, variance.Size),
                    },
                    [mode, metric.Id, .. part.Key, arm.Id, epoch.Key]);
            }
        }
    }

    private static double Square(double value) => value * value;

    /// <summary>All units, or those with one value of a dimension, and where their rows go.</summary>
    private sealed record Part(
        Func<CohortUnit, bool> Has,
        ExpectedTable Quantiles,
        ExpectedTable Ranks,
        ExpectedTable RiskSets,
        string[] Key);
}

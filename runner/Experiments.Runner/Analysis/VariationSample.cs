using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>One variation's sample of one metric: its rows of the aggregate, one a weight epoch.</summary>
internal sealed record VariationSample(string VariationId, IReadOnlyList<MetricAggregate> Rows)
{
    /// <summary>The units with several covariates, one row a weight epoch; none for metrics without further ones.</summary>
    public IReadOnlyList<RegressionAggregate> Regressions { get; init; } = [];

    /// <summary>The blocks of a switchback that had the variation; none of another experiment.</summary>
    public IReadOnlyList<BlockAggregate> Blocks { get; init; } = [];

    /// <summary>Whether the metric is adjusted for several covariates.</summary>
    public bool HasRegression => Regressions.Count > 0;

    /// <summary>Units of the mode; of a switchback its blocks.</summary>
    public long AssignedCount => Blocks.Count > 0 ? Blocks.Count : Rows.Sum(static row => row.AssignedCount);

    /// <summary>Units with a value; of a switchback the blocks that anything was observed in.</summary>
    public long UnitCount => Blocks.Count > 0
        ? Blocks.Count(static block => block.SumN > 0)
        : Rows.Sum(static row => row.UnitCount);

    /// <summary>The weight epochs that have units.</summary>
    public IEnumerable<int> Epochs =>
        Rows.Where(static row => row.AssignedCount > 0).Select(static row => row.WeightEpoch).Distinct();

    /// <summary>Whether the metric is a ratio of sums.</summary>
    public bool HasDenominator => Rows.Any(static row => row.Denominator is not null);

    /// <summary>Whether the metric has a covariate.</summary>
    public bool HasCovariate => Rows.Any(static row => row.Covariate is not null);

    /// <summary>Whether the metric is a ratio with its ratio before as covariate.</summary>
    public bool HasRatioCovariate => Rows.Any(static row =>
        row.Denominator is not null && row.Covariate is not null && row.RatioCovariate is not null);

    /// <summary>Whether values are held between caps.</summary>
    public bool HasCap => Rows.Any(static row =>
        (row.CapLower is not null || row.CapUpper is not null) && row.RawSum is not null);

    /// <summary>Values that a cap changed; null without one.</summary>
    public long? CappedCount => HasCap ? Rows.Sum(static row => row.CappedCount ?? 0) : null;

    /// <summary>Units without an event in the covariate's window.</summary>
    public long MissingCovariates => Rows.Sum(static row => row.Covariate?.MissingCount ?? 0);

    /// <summary>Why the cap leaves nothing of the metric, or null.</summary>
    public string? CapReason => Rows.Select(static row => row.CapReason).FirstOrDefault(static r => r is not null);

    /// <summary>The units as a mean.</summary>
    public MeanArm Mean => Rows.Aggregate(default(MeanArm), static (merged, row) => merged.Merge(
        MeanArm.FromCentred(row.UnitCount, row.Center, row.SumCentered, row.SumCenteredSquared)));

    /// <summary>The units as a mean of values before the cap.</summary>
    public MeanArm Uncapped => Rows.Aggregate(default(MeanArm), static (merged, row) => merged.Merge(
        MeanArm.FromCentred(
            row.UnitCount,
            row.Center,
            row.RawSum ?? row.SumCentered,
            row.RawSumSquared ?? row.SumCenteredSquared)));

    /// <summary>The units as successes and failures.</summary>
    public BinomialArm Binomial =>
        new(UnitCount, Math.Min(Rows.Sum(static row => row.SuccessCount ?? 0), UnitCount));

    /// <summary>The units as a ratio; of one epoch only.</summary>
    public RatioArm Ratio => Rows.Aggregate(default(RatioArm), static (merged, row) => row.Denominator is { } d
        ? merged.Merge(RatioArm.FromCentred(
            row.UnitCount, row.Center, d.Center, row.SumCentered, d.Sum, row.SumCenteredSquared, d.SumSquared,
            d.SumProduct))
        : merged);

    /// <summary>The units with their covariate.</summary>
    public CupedArm Cuped => Rows.Aggregate(default(CupedArm), static (merged, row) => row.Covariate is { } x
        ? merged.Merge(CupedArm.FromCentred(
            row.UnitCount, row.Center, x.Center, row.SumCentered, x.Sum, row.SumCenteredSquared, x.SumSquared,
            x.SumProduct))
        : merged);

    /// <summary>The units as a ratio with its ratio before, of one epoch only; null without rows of one.</summary>
    public RatioCupedArm? RatioCuped
    {
        get
        {
            MetricAggregate[] filled = [.. Rows.Where(static row => row.AssignedCount > 0)];
            return filled is [{ Denominator: { } d, Covariate: { } x, RatioCovariate: { } w } row]
                ? RatioCupedArm.FromCentred(
                    row.UnitCount,
                    [row.Center, d.Center, x.Center, w.Center],
                    [row.SumCentered, d.Sum, x.Sum, w.Sum],
                    [
                        row.SumCenteredSquared, d.SumProduct, x.SumProduct, w.ProductY, d.SumSquared, w.ProductDx,
                        w.ProductD, x.SumSquared, w.ProductX, w.SumSquared,
                    ])
                : null;
        }
    }

    /// <summary>Reads a variation's rows.</summary>
    public static VariationSample Of(AnalysisSlice slice, MetricDefinition metric, string variationId) => new(
        variationId,
        [.. slice.Aggregates.Where(row => row.MetricId == metric.MetricId && row.MetricVersion == metric.Version
            && row.VariationId == variationId)])
    {
        Regressions = [.. slice.Regressions.Where(row => row.MetricId == metric.MetricId
            && row.MetricVersion == metric.Version && row.VariationId == variationId)],
        Blocks = metric.IsSwitchback
            ? [.. slice.Blocks.Where(row => row.MetricId == metric.MetricId
                && row.MetricVersion == metric.Version && row.VariationId == variationId)]
            : [],
    };

    /// <summary>The units of one weight epoch.</summary>
    public VariationSample In(int epoch) =>
        this with
        {
            Rows = [.. Rows.Where(row => row.WeightEpoch == epoch)],
            Regressions = [.. Regressions.Where(row => row.WeightEpoch == epoch)],
        };
}

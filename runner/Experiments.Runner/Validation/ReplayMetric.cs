using Experiments.Runner.Analysis;
using Experiments.Statistics;
using Experiments.Trust;

namespace Experiments.Runner.Validation;

/// <summary>A metric of a replay: its definition and the sums of its units by hash bucket.</summary>
/// <param name="Definition">What says which test is the metric's own.</param>
/// <param name="CenterY">The constant that the values are centred at.</param>
/// <param name="CenterD">Of the denominator; null where there is none.</param>
/// <param name="CenterX">Of the covariate; null where there is none.</param>
/// <param name="IsCount">Whether successes are counted.</param>
/// <param name="Buckets">The sums, in the order of <see cref="Sum"/>.</param>
internal sealed record ReplayMetric(
    MetricDefinition Definition,
    double CenterY,
    double? CenterD,
    double? CenterX,
    bool IsCount,
    IReadOnlyList<ReplayBucket> Buckets)
{
    /// <summary>Why the metric's cap leaves nothing of it, or null.</summary>
    public string? CapReason { get; init; }

    private const string Control = "control";
    private const string Treatment = "treatment";

    /// <summary>Units with a value.</summary>
    public long UnitCount => (long)Buckets.Sum(static row => row.Sums[(int)Sum.Units]);

    /// <summary>Units that reach the threshold of a proportion.</summary>
    public long SuccessCount => (long)Buckets.Sum(static row => row.Sums[(int)Sum.Successes]);

    /// <summary>
    /// The distance of neighbouring values of a proportion's z: with X successes among N units, a share s of them
    /// treated, the treated successes have the variance X s(1-s)(1-X/N). 0 for what is not a proportion.
    /// </summary>
    public double LatticeStep(double share)
    {
        double successes = SuccessCount;
        double variance = successes * share * (1 - share) * (1 - (successes / Math.Max(1, UnitCount)));
        return IsCount && variance > 0 ? 1 / Math.Sqrt(variance) : 0;
    }

    /// <summary>The metric's own test of two sums of buckets: the one that an analysis would run.</summary>
    public EffectEstimate Compare(double[] control, double[] treatment) => MetricComparison.Compute(
        Definition,
        new ComparisonOptions { Alpha = .05, MarginAlpha = .025 },
        new AnalysisSlice([Side(Control, control), Side(Treatment, treatment)]),
        [Control, Treatment],
        Treatment).Effect;

    private MetricAggregate Side(string variation, double[] sums) => new(
        Definition.MetricId,
        Definition.Version,
        variation,
        1,
        (long)sums[(int)Sum.Units],
        (long)sums[(int)Sum.Units],
        CenterY,
        sums[(int)Sum.Y],
        sums[(int)Sum.YY],
        IsCount ? (long)sums[(int)Sum.Successes] : null)
    {
        Denominator = CenterD is { } d
            ? new PartSums(d, sums[(int)Sum.D], sums[(int)Sum.DD], sums[(int)Sum.YD])
            : null,
        Covariate = CenterX is { } x
            ? new PartSums(
                x, sums[(int)Sum.X], sums[(int)Sum.XX], sums[(int)Sum.YX], (long)sums[(int)Sum.MissingCovariates])
            : null,
        CapReason = CapReason,
    };

    /// <summary>What a bucket's row holds.</summary>
    internal enum Sum
    {
        /// <summary>Units with a value.</summary>
        Units,

        /// <summary>Units that reach the threshold of a proportion.</summary>
        Successes,

        /// <summary>Units without an event in the covariate's window.</summary>
        MissingCovariates,

        /// <summary>Σ (y - k).</summary>
        Y,

        /// <summary>Σ (y - k)².</summary>
        YY,

        /// <summary>Of the denominator.</summary>
        D,

        /// <summary>Of its square.</summary>
        DD,

        /// <summary>Of its product with the value.</summary>
        YD,

        /// <summary>Of the covariate.</summary>
        X,

        /// <summary>Of its square.</summary>
        XX,

        /// <summary>Of its product with the value.</summary>
        YX,
    }
}

/// <summary>A metric that a replay leaves out, and why.</summary>
internal sealed record UncoveredMetric(string MetricId, string Type, string Why);

/// <summary>What a replay draws from.</summary>
internal sealed record ReplayData(IReadOnlyList<ReplayMetric> Metrics, IReadOnlyList<UncoveredMetric> Uncovered);

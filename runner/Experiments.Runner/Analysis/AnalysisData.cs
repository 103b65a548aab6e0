using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>A part of an experiment's units: all, those with a value of a dimension, or those known by a day.</summary>
/// <param name="Kind">overall, dimension or day.</param>
/// <param name="Id">The dimension; else empty.</param>
/// <param name="Value">The value of the dimension, or the day; else empty.</param>
internal readonly record struct SliceKey(string Kind, string Id, string Value)
{
    /// <summary>All units.</summary>
    public const string OverallKind = "overall";

    /// <summary>Units with a value of a dimension.</summary>
    public const string DimensionKind = "dimension";

    /// <summary>What was known at the end of a day.</summary>
    public const string DayKind = "day";

    /// <summary>All units.</summary>
    public static SliceKey Overall { get; } = new(OverallKind, string.Empty, string.Empty);
}

/// <summary>One row of marts.agg_experiment_metric_by_variant, or of its sisters by dimension and day.</summary>
internal sealed record MetricAggregate(
    string MetricId,
    int MetricVersion,
    string VariationId,
    int WeightEpoch,
    long AssignedCount,
    long UnitCount,
    double Center,
    double SumCentered,
    double SumCenteredSquared,
    long? SuccessCount)
{
    /// <summary>The denominator of a ratio, or the members of a cluster; null where there is none.</summary>
    public PartSums? Denominator { get; init; }

    /// <summary>The covariate; null where there is none.</summary>
    public PartSums? Covariate { get; init; }

    /// <summary>The covariate of the denominator, for a ratio with its ratio before; null where there is none.</summary>
    public RatioCovariateSums? RatioCovariate { get; init; }

    /// <summary>Why the cap leaves nothing of the metric, or null.</summary>
    public string? CapReason { get; init; }

    /// <summary>Values that a cap changed; null for a metric without one.</summary>
    public long? CappedCount { get; init; }

    /// <summary>The lower cap.</summary>
    public double? CapLower { get; init; }

    /// <summary>The upper cap.</summary>
    public double? CapUpper { get; init; }

    /// <summary>The sum before the cap, at the same centre.</summary>
    public double? RawSum { get; init; }

    /// <summary>The sum of squares before the cap, at the same centre.</summary>
    public double? RawSumSquared { get; init; }
}

/// <summary>Sums of a part beside the value, centred at its own constant; the product is with the value.</summary>
internal sealed record PartSums(
    double Center, double Sum, double SumSquared, double SumProduct, long MissingCount = 0);

/// <summary>Sums of the denominator's covariate w, and the products that only a ratio with covariates needs.</summary>
internal sealed record RatioCovariateSums(
    double Center, double Sum, double SumSquared, double ProductY, double ProductD, double ProductX, double ProductDx);

/// <summary>One row of marts.agg_experiment_metric_quantiles, or of its sister by dimension.</summary>
internal sealed record QuantileAggregate(
    string MetricId, int MetricVersion, string VariationId, double Fraction, long UnitCount, QuantileArm Arm)
{
    /// <summary>Whether the row is of this metric and variation.</summary>
    public bool Is(MetricDefinition metric, string variationId) =>
        MetricId == metric.MetricId && MetricVersion == metric.Version && VariationId == variationId;
}

/// <summary>One row of marts.agg_experiment_metric_ranks, or of its sister by dimension.</summary>
internal sealed record RankAggregate(string MetricId, int MetricVersion, string VariationId, RankSums Sums)
{
    /// <summary>Whether the row is of this metric and variation.</summary>
    public bool Is(MetricDefinition metric, string variationId) =>
        MetricId == metric.MetricId && MetricVersion == metric.Version && VariationId == variationId;
}

/// <summary>One row of marts.agg_experiment_metric_risk_sets, or of its sister by dimension.</summary>
internal sealed record RiskSetAggregate(
    string MetricId, int MetricVersion, string VariationId, double Observed, double Expected, double Variance)
{
    /// <summary>Whether the row is of this metric and variation.</summary>
    public bool Is(MetricDefinition metric, string variationId) =>
        MetricId == metric.MetricId && MetricVersion == metric.Version && VariationId == variationId;
}

/// <summary>One row of marts.agg_experiment_metric_covariates, with the sum of the second pass over its units.</summary>
/// <param name="MetricId">The metric.</param>
/// <param name="MetricVersion">Its version.</param>
/// <param name="VariationId">The variation.</param>
/// <param name="WeightEpoch">The weight epoch.</param>
/// <param name="MissingCount">Units without an event in any covariate's window.</param>
/// <param name="Arm">The units with their covariates.</param>
/// <param name="Hc2Sum">Σc²e²/(1 - h); null where it could not be taken.</param>
internal sealed record RegressionAggregate(
    string MetricId,
    int MetricVersion,
    string VariationId,
    int WeightEpoch,
    long MissingCount,
    RegressionArm Arm,
    double? Hc2Sum);

/// <summary>One row of marts.agg_experiment_metric_blocks.</summary>
/// <param name="MetricId">The metric.</param>
/// <param name="MetricVersion">Its version.</param>
/// <param name="VariationId">The variation that the region had in the block.</param>
/// <param name="Stratum">The blocks that it was randomised with.</param>
/// <param name="Region">The region.</param>
/// <param name="StartAt">The start.</param>
/// <param name="UnitCount">Units of the region.</param>
/// <param name="SumN">What the sum is divided by.</param>
/// <param name="SumY">The sum of the units' values.</param>
internal sealed record BlockAggregate(
    string MetricId,
    int MetricVersion,
    string VariationId,
    string Stratum,
    string Region,
    DateTime StartAt,
    long UnitCount,
    double SumN,
    double SumY);

/// <summary>Sums of the units' slopes over their tenure.</summary>
internal sealed record NoveltyAggregate(
    string MetricId, int MetricVersion, string VariationId, long UnitCount, double Sum, double SumSquared);

/// <summary>What a comparison reads: the aggregates of some of the units.</summary>
internal sealed record AnalysisSlice(IReadOnlyList<MetricAggregate> Aggregates)
{
    /// <summary>The arms of quantile metrics.</summary>
    public IReadOnlyList<QuantileAggregate> Quantiles { get; init; } = [];

    /// <summary>Rank sums of treatments against the control.</summary>
    public IReadOnlyList<RankAggregate> Ranks { get; init; } = [];

    /// <summary>The log-rank sums of metrics of time to event.</summary>
    public IReadOnlyList<RiskSetAggregate> RiskSets { get; init; } = [];

    /// <summary>The sums of metrics with several covariates.</summary>
    public IReadOnlyList<RegressionAggregate> Regressions { get; init; } = [];

    /// <summary>The blocks of a switchback experiment.</summary>
    public IReadOnlyList<BlockAggregate> Blocks { get; init; } = [];
}

/// <summary>The weight of a variation in a weight epoch.</summary>
internal sealed record EpochWeight(int WeightEpoch, string VariationId, double Weight);

/// <summary>Units of one variation at one stage, on one day of assignment where that is known.</summary>
internal sealed record StageCount(
    string Stage, string VariationId, long Count, int WeightEpoch = 1, DateTime? Day = null);

/// <summary>A lift that another experiment found in the same metric.</summary>
internal sealed record PastEffect(string MetricId, double Lift, double StandardError);

/// <summary>The units that are in an arm of the experiment and in one of another, with the sums of the primary.</summary>
internal sealed record OverlapCell(
    string OtherExperimentId,
    string VariationId,
    string OtherVariationId,
    bool IsOtherControl,
    long UnitCount,
    long ValueCount,
    double Center,
    double SumCentered,
    double SumCenteredSquared)
{
    /// <summary>The units with a value of the metric.</summary>
    public MeanArm Arm => MeanArm.FromCentred(ValueCount, Center, SumCentered, SumCenteredSquared);
}

/// <summary>A look of a sequential plan, as it was recorded.</summary>
internal sealed record RecordedLook(
    int LookNumber, long RunId, DateTime Watermark, long PlannedUnits, AnalysisSlice Slice);

/// <summary>What the marts hold for one experiment and mode.</summary>
internal sealed record AnalysisData(
    string Mode,
    DateTime? Watermark,
    IReadOnlyList<MetricAggregate> Aggregates,
    IReadOnlyList<StageCount> StageCounts,
    bool? IsReconciled,
    long? ReconciliationDifference)
{
    /// <summary>The arms of quantile metrics.</summary>
    public IReadOnlyList<QuantileAggregate> Quantiles { get; init; } = [];

    /// <summary>Rank sums of treatments against the control.</summary>
    public IReadOnlyList<RankAggregate> Ranks { get; init; } = [];

    /// <summary>The log-rank sums of metrics of time to event.</summary>
    public IReadOnlyList<RiskSetAggregate> RiskSets { get; init; } = [];

    /// <summary>The sums of metrics with several covariates.</summary>
    public IReadOnlyList<RegressionAggregate> Regressions { get; init; } = [];

    /// <summary>The blocks of a switchback experiment.</summary>
    public IReadOnlyList<BlockAggregate> Blocks { get; init; } = [];

    /// <summary>The weights by epoch; empty where they never changed.</summary>
    public IReadOnlyList<EpochWeight> EpochWeights { get; init; } = [];

    /// <summary>The same sums by value of a dimension and by day, in their order.</summary>
    public IReadOnlyList<(SliceKey Key, AnalysisSlice Slice)> Slices { get; init; } = [];

    /// <summary>Whether quantiles, ranks and risk sets were kept by value of a dimension.</summary>
    public bool KeepsDimensions { get; init; }

    /// <summary>Sums of slopes over the units' tenure.</summary>
    public IReadOnlyList<NoveltyAggregate> Novelty { get; init; } = [];

    /// <summary>What other experiments found in the same metrics.</summary>
    public IReadOnlyList<PastEffect> History { get; init; } = [];

    /// <summary>The arms of other experiments that share units with this one.</summary>
    public IReadOnlyList<OverlapCell> Overlaps { get; init; } = [];

    /// <summary>The looks of the plan so far, the present one the last.</summary>
    public IReadOnlyList<RecordedLook> Looks { get; init; } = [];

    /// <summary>All units.</summary>
    public AnalysisSlice Overall => new(Aggregates)
    {
        Quantiles = Quantiles,
        Ranks = Ranks,
        RiskSets = RiskSets,
        Regressions = Regressions,
        Blocks = Blocks,
    };
}

/// <summary>A row of results.result_rows, or of its sisters by dimension and day.</summary>
internal sealed record ResultRow
{
    public required string MetricId { get; set; }

    public required int MetricVersion { get; set; }

    public required string MetricRole { get; set; }

    public required string VariationId { get; set; }

    public required bool IsControl { get; set; }

    public long AssignedCount { get; set; }

    public long UnitCount { get; set; }

    public double? Mean { get; set; }

    public double? StandardDeviation { get; set; }

    public double? UpliftAbsolute { get; set; }

    public double? UpliftRelative { get; set; }

    public double? StandardError { get; set; }

    public double? PValue { get; set; }

    public double? CiLower { get; set; }

    public double? CiUpper { get; set; }

    public double? CiRelativeLower { get; set; }

    public double? CiRelativeUpper { get; set; }

    public double? EffectSize { get; set; }

    public double? AdjustedPValue { get; set; }

    public required string Method { get; set; }

    public string? ReasonCode { get; set; }

    public required double ConfidenceLevel { get; set; }

    public bool? IntervalAgrees { get; set; }

    public double? MdeRelative { get; set; }

    public double? TestStatistic { get; set; }

    public double? DegreesOfFreedom { get; set; }

    public string? Options { get; set; }

    public string? FamilyName { get; set; }

    public string? FamilyInterval { get; set; }

    public bool? IsSimultaneous { get; set; }

    public double? FamilyCiLower { get; set; }

    public double? FamilyCiUpper { get; set; }

    public double? FamilyCiRelativeLower { get; set; }

    public double? FamilyCiRelativeUpper { get; set; }

    public double? Margin { get; set; }

    public string? MarginKind { get; set; }

    public double? NonInferiorityPValue { get; set; }

    public double? NonInferiorityBound { get; set; }

    public bool? IsNonInferior { get; set; }

    public bool? IsWorse { get; set; }

    public double? SuperiorityPValue { get; set; }

    public bool? IsSuperior { get; set; }

    public double? EquivalencePValue { get; set; }

    public bool? IsEquivalent { get; set; }

    public double? UnadjustedUpliftAbsolute { get; set; }

    public double? UnadjustedUpliftRelative { get; set; }

    public double? UnadjustedStandardError { get; set; }

    public double? UnadjustedPValue { get; set; }

    public double? UnadjustedCiLower { get; set; }

    public double? UnadjustedCiUpper { get; set; }

    public double? Theta { get; set; }

    public double? MissingCovariateRate { get; set; }

    public double? CovariateImbalance { get; set; }

    public double? CovariateImbalancePValue { get; set; }

    public double? VarianceReduction { get; set; }

    public long? CappedCount { get; set; }

    public double? CapLower { get; set; }

    public double? CapUpper { get; set; }

    public double? UncappedMean { get; set; }

    public double? UncappedUpliftAbsolute { get; set; }

    public double? UncappedStandardError { get; set; }

    public double? UncappedPValue { get; set; }

    public double? UncappedCiLower { get; set; }

    public double? UncappedCiUpper { get; set; }

    public string? Prior { get; set; }

    public double? ChanceToBeatControl { get; set; }

    public double? ExpectedLoss { get; set; }

    public double? CredibleLower { get; set; }

    public double? CredibleUpper { get; set; }

    public double? ChanceAboveThreshold { get; set; }

    public double? SuperiorityShare { get; set; }

    public int? LookNumber { get; set; }

    public double? AlwaysValidPValue { get; set; }

    public double? AlwaysValidAdjustedPValue { get; set; }

    public double? AlwaysValidLower { get; set; }

    public double? AlwaysValidUpper { get; set; }

    public double? AlwaysValidRelativeLower { get; set; }

    public double? AlwaysValidRelativeUpper { get; set; }

    public string? SequentialReason { get; set; }
}

/// <summary>A row of a part of the units.</summary>
internal sealed record SliceRow(SliceKey Key, ResultRow Row);

/// <summary>A row of results.heterogeneity_rows.</summary>
internal sealed record HeterogeneityRow(
    string MetricId,
    string DimensionId,
    string VariationId,
    int ValueCount,
    double? Q,
    int? DegreesOfFreedom,
    double? PValue,
    double? AdjustedPValue,
    double? ISquared,
    double? PooledUplift,
    double? StratifiedUplift,
    double? StratifiedPValue,
    double? StratifiedLower,
    double? StratifiedUpper,
    string? MixShift,
    string? ReasonCode);

/// <summary>A row of results.check_rows.</summary>
internal sealed record CheckRow(
    string Name,
    string MetricId,
    string VariationId,
    double? Threshold,
    double? Observed,
    double? PValue,
    bool? IsFlagged,
    string? ReasonCode,
    string Detail);

/// <summary>A row of results.look_rows.</summary>
internal sealed record LookRow(int LookNumber, string MetricId, string VariationId, DateTime Watermark, long UnitCount)
{
    public double? Fraction { get; init; }

    public double? AlphaSpent { get; init; }

    public double? Critical { get; init; }

    public double? UpliftAbsolute { get; init; }

    public double? StandardError { get; init; }

    public double? PValue { get; init; }

    public double? CiLower { get; init; }

    public double? CiUpper { get; init; }

    public double? RunningPValue { get; init; }

    public double? RunningLower { get; init; }

    public double? RunningUpper { get; init; }

    public double? FutilityBound { get; init; }

    public bool? IsFutile { get; init; }

    public string? ReasonCode { get; init; }
}

/// <summary>A row of results.srm_rows.</summary>
internal sealed record SrmRow(
    string Stage,
    string VariationId,
    long Observed,
    double Expected,
    double? Residual,
    double? ChiSquare,
    int? DegreesOfFreedom,
    double? PValue)
{
    /// <summary>The e-process' p-value, which may be looked at every day.</summary>
    public double? SequentialPValue { get; init; }

    /// <summary>Units in a variation whose weight was 0 when they were assigned.</summary>
    public long UnitsWithoutWeight { get; init; }

    /// <summary>Why there is no answer.</summary>
    public string? ReasonCode { get; init; }
}

/// <summary>A row of results.gate_rows.</summary>
internal sealed record GateRow(
    string VariationId,
    int Order,
    string Name,
    string Kind,
    string? MetricId,
    double? Threshold,
    double? Observed,
    bool? Passed,
    string? ReasonCode,
    string Detail);

/// <summary>A row of results.summary_rows.</summary>
internal sealed record SummaryRow(
    string VariationId,
    bool IsBest,
    string Decision,
    string Code,
    string Sentence,
    string? PrimaryMetricId,
    double? UpliftRelative,
    double? CiRelativeLower,
    double? CiRelativeUpper,
    double? PValue,
    double? AdjustedPValue,
    long? RemainingUnits);

/// <summary>Everything that one analysis computes.</summary>
internal sealed record AnalysisOutcome(
    IReadOnlyList<ResultRow> Results,
    IReadOnlyList<SrmRow> SampleRatios,
    IReadOnlyList<GateRow> Gates,
    IReadOnlyList<SummaryRow> Summaries)
{
    /// <summary>The results by value of a dimension and by day.</summary>
    public IReadOnlyList<SliceRow> Slices { get; init; } = [];

    /// <summary>Whether effects differ between the values of a dimension.</summary>
    public IReadOnlyList<HeterogeneityRow> Heterogeneity { get; init; } = [];

    /// <summary>What a reader should know beyond the effects.</summary>
    public IReadOnlyList<CheckRow> Checks { get; init; } = [];

    /// <summary>The looks of a sequential plan.</summary>
    public IReadOnlyList<LookRow> Looks { get; init; } = [];
}

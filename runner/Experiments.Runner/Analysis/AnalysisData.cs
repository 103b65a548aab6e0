using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>One row of marts.agg_experiment_metric_by_variant.</summary>
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

    /// <summary>Why the cap leaves nothing of the metric, or null.</summary>
    public string? CapReason { get; init; }
}

/// <summary>Sums of a part beside the value, centred at its own constant; the product is with the value.</summary>
internal sealed record PartSums(
    double Center, double Sum, double SumSquared, double SumProduct, long MissingCount = 0);

/// <summary>One row of marts.agg_experiment_metric_quantiles.</summary>
internal sealed record QuantileAggregate(
    string MetricId, int MetricVersion, string VariationId, double Fraction, long UnitCount, QuantileArm Arm)
{
    /// <summary>Whether the row is of this metric and variation.</summary>
    public bool Is(MetricDefinition metric, string variationId) =>
        MetricId == metric.MetricId && MetricVersion == metric.Version && VariationId == variationId;
}

/// <summary>One row of marts.agg_experiment_metric_risk_sets.</summary>
internal sealed record RiskSetAggregate(
    string MetricId, int MetricVersion, string VariationId, double Observed, double Expected, double Variance)
{
    /// <summary>Whether the row is of this metric and variation.</summary>
    public bool Is(MetricDefinition metric, string variationId) =>
        MetricId == metric.MetricId && MetricVersion == metric.Version && VariationId == variationId;
}

/// <summary>The weight of a variation in a weight epoch.</summary>
internal sealed record EpochWeight(int WeightEpoch, string VariationId, double Weight);

/// <summary>Units of one variation at one stage.</summary>
internal sealed record StageCount(string Stage, string VariationId, long Count, int WeightEpoch = 1);

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

    /// <summary>The log-rank sums of metrics of time to event.</summary>
    public IReadOnlyList<RiskSetAggregate> RiskSets { get; init; } = [];

    /// <summary>The weights by epoch; empty where they never changed.</summary>
    public IReadOnlyList<EpochWeight> EpochWeights { get; init; } = [];
}

/// <summary>A row of results.result_rows.</summary>
internal sealed record ResultRow
{
    public required string MetricId { get; init; }

    public required int MetricVersion { get; init; }

    public required string MetricRole { get; init; }

    public required string VariationId { get; init; }

    public required bool IsControl { get; init; }

    public long AssignedCount { get; init; }

    public long UnitCount { get; init; }

    public double? Mean { get; init; }

    public double? StandardDeviation { get; init; }

    public double? UpliftAbsolute { get; init; }

    public double? UpliftRelative { get; init; }

    public double? StandardError { get; init; }

    public double? PValue { get; init; }

    public double? CiLower { get; init; }

    public double? CiUpper { get; init; }

    public double? CiRelativeLower { get; init; }

    public double? CiRelativeUpper { get; init; }

    public double? EffectSize { get; init; }

    public double? AdjustedPValue { get; init; }

    public required string Method { get; init; }

    public string? ReasonCode { get; init; }

    public required double ConfidenceLevel { get; init; }

    public bool? IntervalAgrees { get; init; }

    public double? MdeRelative { get; init; }

    public double? TestStatistic { get; init; }

    public double? DegreesOfFreedom { get; init; }
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
    double? PValue);

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
    IReadOnlyList<SummaryRow> Summaries);

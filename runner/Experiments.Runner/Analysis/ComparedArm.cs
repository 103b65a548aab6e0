using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>A treatment compared with the control in one metric and slice, as it goes through the analysis.</summary>
internal sealed class ComparedArm(
    MetricDefinition metric,
    ComparisonOptions options,
    AnalysisSlice slice,
    IReadOnlyList<string> variations,
    string variationId,
    Comparison comparison)
{
    /// <summary>The metric.</summary>
    public MetricDefinition Metric { get; } = metric;

    /// <summary>What was asked for.</summary>
    public ComparisonOptions Options { get; } = options;

    /// <summary>The aggregates.</summary>
    public AnalysisSlice Slice { get; } = slice;

    /// <summary>All variations, the control first.</summary>
    public IReadOnlyList<string> Variations { get; } = variations;

    /// <summary>The treatment.</summary>
    public string VariationId { get; } = variationId;

    /// <summary>The comparison.</summary>
    public Comparison Comparison { get; set; } = comparison;

    /// <summary>The control's sample.</summary>
    public VariationSample Control => VariationSample.Of(Slice, Metric, Variations[0]);

    /// <summary>The treatment's sample.</summary>
    public VariationSample Treatment => VariationSample.Of(Slice, Metric, VariationId);

    /// <summary>The family it is corrected in; null before.</summary>
    public FamilyOutcome? Family { get; set; }

    /// <summary>What a sequential plan makes of it; null without one.</summary>
    public MonitoredEffect? Monitored { get; set; }

    /// <summary>The effect that gates read: under a plan with its p and intervals over all looks.</summary>
    public EffectEstimate DecisionEffect => Monitored is null ? Comparison.Effect : Monitored.Effect;
}

/// <summary>A family's verdict on one member.</summary>
/// <param name="Name">The family.</param>
/// <param name="AdjustedPValue">The adjusted p-value.</param>
/// <param name="Interval">How the interval is to be read.</param>
/// <param name="IsSimultaneous">Whether the intervals of the family hold together.</param>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="RelativeLower">Lower end of the lift.</param>
/// <param name="RelativeUpper">Upper end of the lift.</param>
internal sealed record FamilyOutcome(
    string Name,
    double? AdjustedPValue,
    FamilyInterval Interval,
    bool IsSimultaneous,
    double? Lower,
    double? Upper,
    double? RelativeLower,
    double? RelativeUpper);

/// <summary>Compares all metrics of a slice; overall, dimension, day and look go through here.</summary>
internal static class SliceComparer
{
    /// <summary>Every treatment in every metric.</summary>
    public static List<ComparedArm> Compare(
        ExperimentDefinition definition, AnalysisSlice slice, ProportionInterval? interval)
    {
        string[] variations = [.. definition.Variations.Select(static variation => variation.VariationId)];
        List<ComparedArm> arms = [];
        foreach (MetricDefinition metric in definition.Metrics)
        {
            ComparisonOptions options = ComparisonOptions.Of(definition, metric, interval);

            // One pass over the slice a metric, however many values and days there are.
            AnalysisSlice own = slice with
            {
                Aggregates = [.. slice.Aggregates.Where(row =>
                    row.MetricId == metric.MetricId && row.MetricVersion == metric.Version)],
            };
            foreach (VariationDefinition variation in definition.Treatments)
            {
                arms.Add(new ComparedArm(
                    metric,
                    options,
                    own,
                    variations,
                    variation.VariationId,
                    MetricComparison.Compute(metric, options, own, variations, variation.VariationId)));
            }
        }

        return arms;
    }
}

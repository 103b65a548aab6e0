using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>An arm as the catalog defines it.</summary>
internal sealed record VariationDefinition(string VariationId, bool IsControl, double Weight);

/// <summary>A metric's part in the experiment, with what its definition says about reading it.</summary>
internal sealed record MetricDefinition(
    string MetricId, int Version, string Type, DesiredDirection Direction, MetricRole Role, double? Margin);

/// <summary>All that the catalog says about one experiment.</summary>
internal sealed record ExperimentDefinition(
    string ExperimentId,
    string Name,
    string? AnalysisMode,
    DateTime? EndAt,
    long? PlannedUnits,
    DecisionPolicy Policy,
    IReadOnlyList<VariationDefinition> Variations,
    IReadOnlyList<MetricDefinition> Metrics,
    string Hash);

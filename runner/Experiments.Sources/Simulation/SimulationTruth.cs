namespace Experiments.Sources;

/// <summary>What to simulate.</summary>
/// <param name="ExperimentId">The experiment's id.</param>
/// <param name="Units">Units to assign, at least 1,000 (the planted traps need room).</param>
/// <param name="Seed">The same seed gives the same files.</param>
/// <param name="OutputFolder">Where the files go; created if absent, files in it replaced.</param>
public sealed record SimulationOptions(string ExperimentId, long Units, int Seed, string OutputFolder);

/// <summary>What a file holds: records, those that can be split, and those that cannot by the rule they break.</summary>
public sealed record SimulatedFile(
    string Name, string Source, long Lines, long Landed, IReadOnlyDictionary<string, long> Rejected);

/// <summary>A variation, its weight, and its units in both analysis modes.</summary>
public sealed record SimulatedArm(string VariationId, bool IsControl, double Weight, long IttUnits, long ExposedUnits);

/// <summary>A metric of a variation as it stands in the files: units with a value, and the sum of their values.</summary>
public sealed record SimulatedMetric(string MetricId, string AnalysisMode, string VariationId, long Units, double Sum);

/// <summary>
/// The expected effect on a metric over all assigned units (itt), planted traps included, relative to the control.
/// </summary>
public sealed record TrueEffect(string MetricId, string VariationId, double RelativeLift);

/// <summary>
/// Everything known about a simulated experiment: what tests and the demo compare the platform's answers to. The
/// exposure traps count units; those of an unknown variation are among the mismatches.
/// </summary>
public sealed record SimulationTruth(
    string ExperimentId,
    long Units,
    int Seed,
    IReadOnlyList<SimulatedFile> Files,
    IReadOnlyDictionary<string, long> QuarantinedAssignments,
    IReadOnlyDictionary<string, long> QuarantinedEvents,
    long DuplicateAssignments,
    long DuplicateEvents,
    long AssignmentConflicts,
    long PreAssignmentExposure,
    long VariantMismatch,
    long MultiVariationExposure,
    long ExposureOutsideWindow,
    long UnassignedExposure,
    long UnknownVariationExposure,
    long EventsOutsideMetricWindow,
    IReadOnlyList<SimulatedArm> Arms,
    IReadOnlyList<SimulatedMetric> Metrics,
    IReadOnlyList<TrueEffect> Effects);

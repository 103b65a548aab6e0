using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>
/// The sample ratio at each filter stage: the chi-square test over weight epochs, taken once at the decision, and the
/// e-process over the days of assignment, which is the gate while the experiment runs (STATISTICS rows 13 and 14).
/// </summary>
internal static class SampleRatioChecks
{
    private const string AfterPrefix = "after_";

    /// <summary>The stages in their order: assigned, after each exclusion, exposed.</summary>
    public static IReadOnlyList<string> Stages(AnalysisData data) =>
    [
        AnalysisComputer.Assigned,
        .. data.StageCounts.Select(static count => count.Stage)
            .Where(static stage => stage.StartsWith(AfterPrefix, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        AnalysisComputer.Exposed,
    ];

    /// <summary>The stage whose units the mode analyses: the exposed ones, or those left after the last exclusion.</summary>
    public static string ModeStage(AnalysisData data) =>
        data.Mode == AnalysisComputer.Exposed ? AnalysisComputer.Exposed : Stages(data)[^2];

    /// <summary>Checks every stage; the evidence is of those that are gates in the mode.</summary>
    /// <param name="definition">The experiment.</param>
    /// <param name="data">Its counts.</param>
    /// <param name="isDecision">Whether the plan is met, so that the chi-square test is taken.</param>
    /// <param name="rows">Where the rows go.</param>
    public static List<SampleRatioEvidence> Check(
        ExperimentDefinition definition, AnalysisData data, bool isDecision, List<SrmRow> rows)
    {
        List<SampleRatioEvidence> evidence = [];
        foreach (string stage in Stages(data))
        {
            StageCount[] counts = [.. data.StageCounts.Where(count => count.Stage == stage)];
            SampleRatioResult result = SampleRatioMismatch.Compute(Epochs(definition, data, counts));
            double? sequential = Sequential(definition, data, counts);
            for (int i = 0; i < definition.Variations.Count; i++)
            {
                SampleRatioArm arm = result.Arms[i];
                rows.Add(new SrmRow(
                    stage,
                    definition.Variations[i].VariationId,
                    arm.Observed,
                    arm.Expected,
                    arm.Residual,
                    result.ChiSquare,
                    result.DegreesOfFreedom,
                    result.PValue)
                {
                    SequentialPValue = sequential,
                    UnitsWithoutWeight = arm.UnitsWithoutWeight,
                    ReasonCode = arm.UnitsWithoutWeight > 0 ? Reasons.ZeroWeightArm : result.ReasonCode,
                });
            }

            // Units are lost between assignment and exposure, which cannot harm a comparison of all assigned units.
            if (stage != AnalysisComputer.Exposed || data.Mode == AnalysisComputer.Exposed)
            {
                int worst = Enumerable.Range(0, result.Arms.Count)
                    .MaxBy(i => Math.Abs(result.Arms[i].Residual ?? 0));
                bool isRunning = !isDecision && sequential is not null;
                evidence.Add(new SampleRatioEvidence(
                    stage,
                    isRunning ? sequential : result.PValue,
                    result.UnitsWithoutWeight,
                    isRunning ? null : result.ReasonCode)
                {
                    IsSequential = isRunning,
                    WorstVariationId = definition.Variations[worst].VariationId,
                    WorstDifference = result.Arms[worst].Observed - result.Arms[worst].Expected,
                    WorstResidual = result.Arms[worst].Residual,
                });
            }
        }

        return evidence;
    }

    /// <summary>
    /// Whether the units with a value of a metric contradict the weights (p below the policy's alpha): what made values
    /// missing differs between the variations.
    /// </summary>
    public static bool IsValuedMismatch(ExperimentDefinition definition, AnalysisData data, MetricDefinition metric)
    {
        MetricAggregate[] rows = [.. data.Aggregates.Where(row =>
            row.MetricId == metric.MetricId && row.MetricVersion == metric.Version)];
        if (rows.All(static row => row.UnitCount == row.AssignedCount))
        {
            return false;
        }

        StageCount[] counts =
            [.. rows.Select(static row => new StageCount("valued", row.VariationId, row.UnitCount, row.WeightEpoch))];
        return SampleRatioMismatch.Compute(Epochs(definition, data, counts)).PValue < definition.Policy.SrmAlpha;
    }

    /// <summary>One period where the weights never changed, else one a weight epoch, each with its own weights.</summary>
    private static WeightEpoch[] Epochs(
        ExperimentDefinition definition, AnalysisData data, StageCount[] counts) =>
        [.. EpochNumbers(data).Select(epoch => new WeightEpoch(
            [.. definition.Variations.Select(variation => counts
                .Where(count => count.VariationId == variation.VariationId
                    && (data.EpochWeights.Count == 0 || count.WeightEpoch == epoch))
                .Sum(static count => count.Count))],
            Weights(definition, data, epoch)))];

    private static int[] EpochNumbers(AnalysisData data) => data.EpochWeights.Count == 0
        ? [1]
        : [.. data.EpochWeights.Select(static row => row.WeightEpoch).Distinct().Order()];

    private static double[] Weights(ExperimentDefinition definition, AnalysisData data, int epoch) =>
        [.. definition.Variations.Select(variation => data.EpochWeights
            .FirstOrDefault(row => row.WeightEpoch == epoch && row.VariationId == variation.VariationId)?.Weight
            ?? variation.Weight)];

    /// <summary>The e-process over the days of assignment; null where the days are not known.</summary>
    private static double? Sequential(
        ExperimentDefinition definition, AnalysisData data, StageCount[] counts)
    {
        if (counts.Length == 0 || counts.Any(static count => count.Day is null))
        {
            return null;
        }

        bool hasEpochs = data.EpochWeights.Count > 0;
        SampleRatioIncrement[] days =
        [
            .. counts.GroupBy(count => (Epoch: hasEpochs ? count.WeightEpoch : 1, count.Day))
                .OrderBy(static day => day.Key.Epoch).ThenBy(static day => day.Key.Day)
                .Select(day => new SampleRatioIncrement(
                    [.. definition.Variations.Select(variation => day
                        .Where(count => count.VariationId == variation.VariationId)
                        .Sum(static count => count.Count))],
                    Weights(definition, data, day.Key.Epoch),
                    day.Key.Epoch)),
        ];
        SampleRatioLook last = SampleRatioEProcess.Compute(days)[^1];
        return last.ReasonCode is null or Reasons.ZeroWeightArm ? last.PValue : null;
    }
}

using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>
/// From aggregates to effects, sample ratios, gates and decisions. No I/O; what has no answer has a reason code.
/// </summary>
internal static class AnalysisComputer
{
    /// <summary>The stage of the units that were assigned.</summary>
    public const string Assigned = "assigned";

    /// <summary>The stage of the units with a valid exposure.</summary>
    public const string Exposed = "exposed";

    /// <summary>Computes everything for one experiment in one mode.</summary>
    /// <param name="definition">The experiment, with exactly one control.</param>
    /// <param name="data">What the marts hold.</param>
    /// <param name="interval">The intervals of proportions that the command asks for; null: each metric's own.</param>
    public static AnalysisOutcome Compute(
        ExperimentDefinition definition, AnalysisData data, ProportionInterval? interval = null)
    {
        string stage = SampleRatioChecks.ModeStage(data);
        long units = data.StageCounts.Where(count => count.Stage == stage).Sum(static count => count.Count);
        PlanEvidence plan = new(definition.PlannedUnits, units, definition.EndAt, data.Watermark)
        {
            Start = definition.StartAt,
            IsSequential = definition.Plan is not null,
        };
        List<SrmRow> sampleRatios = [];
        List<SampleRatioEvidence> ratios =
            SampleRatioChecks.Check(definition, data, plan.IsReached, sampleRatios);

        // The look that is published is the one that was recorded, not what the marts hold by now.
        AnalysisSlice overall = data.Looks.Count > 0 ? data.Looks[^1].Slice : data.Overall;
        List<ComparedArm> arms = SliceComparer.Compare(definition, overall, interval);
        RefuseValuedMismatches(definition, data, arms);
        List<LookRow> looks = [];
        if (definition.Plan is not null)
        {
            foreach (ComparedArm arm in arms)
            {
                arm.Monitored = SequentialAnalysis.Compute(definition, arm, data.Looks);
                looks.AddRange(arm.Monitored.Rows);
            }
        }

        FamilyCorrection.Correct(definition, arms);
        List<ResultRow> results = ResultRows.Of(definition, overall, arms);
        IReadOnlyList<Decision> decisions = DecisionEngine.Decide(
            definition.Policy,
            [.. definition.Treatments.Select(static variation => variation.VariationId)],
            [.. arms.Select(arm => EvidenceBuilder.Of(definition, arm))],
            new QualityEvidence(ratios, data.IsReconciled, data.ReconciliationDifference),
            plan);

        HashSet<(string DimensionId, string MetricId)> kept = KeptByDimension(data);
        ComparedSlice[] slices = [.. data.Slices.Select(slice => new ComparedSlice(
            slice.Key,
            slice.Slice,
            NeedingRows(data, kept, slice.Key, SliceComparer.Compare(definition, slice.Slice, interval))))];
        (List<HeterogeneityRow> heterogeneity, List<CheckRow> mixShifts) = HeterogeneityChecks.Compute(slices, arms);
        return new AnalysisOutcome(
            results,
            sampleRatios,
            [.. decisions.SelectMany(static decision => decision.Gates.Select(gate => Row(decision, gate)))],
            [.. decisions.Select(decision => Row(decision, results))])
        {
            Slices = SliceResults.Compute(definition, slices, looks),

            // In the order in which a report reads them back, so that a run computed again is the same text.
            Heterogeneity =
            [
                .. heterogeneity.OrderBy(static row => row.MetricId, StringComparer.Ordinal)
                    .ThenBy(static row => row.DimensionId, StringComparer.Ordinal)
                    .ThenBy(static row => row.VariationId, StringComparer.Ordinal),
            ],
            Checks =
            [
                .. HonestyChecks.Compute(definition, data, arms)
                    .Concat(mixShifts)
                    .Concat(OverlapChecks.Compute(definition, data))
                    .OrderBy(static row => row.Name, StringComparer.Ordinal)
                    .ThenBy(static row => row.MetricId, StringComparer.Ordinal)
                    .ThenBy(static row => row.VariationId, StringComparer.Ordinal),
            ],
            Looks =
            [
                .. looks.OrderBy(static row => row.MetricId, StringComparer.Ordinal)
                    .ThenBy(static row => row.VariationId, StringComparer.Ordinal)
                    .ThenBy(static row => row.LookNumber),
            ],
        };
    }

    private static void RefuseValuedMismatches(
        ExperimentDefinition definition, AnalysisData data, IReadOnlyList<ComparedArm> arms)
    {
        foreach (IGrouping<MetricDefinition, ComparedArm> metric in arms.GroupBy(static arm => arm.Metric))
        {
            if (SampleRatioChecks.IsValuedMismatch(definition, data, metric.Key))
            {
                foreach (ComparedArm arm in metric)
                {
                    EffectEstimate effect = arm.Comparison.Effect;
                    arm.Comparison = new Comparison
                    {
                        Effect = EffectEstimate.None(effect.Method, effect.Alpha, RunReasons.ValuedMismatch),
                    };
                }
            }
        }
    }

    /// <summary>
    /// Quantiles, ranks and times of a day need the rows, and so do those of a value of a dimension where the run kept
    /// them of all units only: it is of an earlier version, or read marts that were.
    /// </summary>
    private static List<ComparedArm> NeedingRows(
        AnalysisData data,
        HashSet<(string DimensionId, string MetricId)> kept,
        SliceKey key,
        List<ComparedArm> arms)
    {
        foreach (ComparedArm arm in arms)
        {
            EffectEstimate effect = arm.Comparison.Effect;
            bool isMissing = effect is { HasAnswer: false, Method: Methods.QuantileZ or Methods.LogRank }
                or { HasAnswer: false, ReasonCode: RunReasons.NeedsRows };
            if (!isMissing)
            {
                continue;
            }

            // Where all units have none either, there was nothing to keep; ranks are only where they were asked for.
            bool isKept = key.Kind == SliceKey.DimensionKind && data.KeepsDimensions
                && (kept.Contains((key.Id, arm.Metric.MetricId))
                    || (effect.Method != Methods.MannWhitney && !IsKept(data.Overall, arm.Metric)));
            string? reason = !isKept ? RunReasons.NeedsRows
                : effect.ReasonCode == RunReasons.NeedsRows ? Reasons.NoData : effect.ReasonCode;
            arm.Comparison = new Comparison
            {
                Effect = EffectEstimate.None(effect.Method, effect.Alpha, reason ?? Reasons.NoData),
            };
        }

        return arms;
    }

    private static bool IsKept(AnalysisSlice slice, MetricDefinition metric) =>
        slice.Quantiles.Any(row => row.MetricId == metric.MetricId)
        || slice.RiskSets.Any(row => row.MetricId == metric.MetricId);

    private static HashSet<(string DimensionId, string MetricId)> KeptByDimension(AnalysisData data) =>
        [.. data.Slices.Where(static slice => slice.Key.Kind == SliceKey.DimensionKind).SelectMany(static slice =>
            slice.Slice.Quantiles.Select(static row => row.MetricId)
                .Concat(slice.Slice.Ranks.Select(static row => row.MetricId))
                .Concat(slice.Slice.RiskSets.Select(static row => row.MetricId))
                .Select(metric => (slice.Key.Id, metric)))];

    private static GateRow Row(Decision decision, Gate gate) => new(
        decision.VariationId,
        gate.Order,
        gate.Name,
        gate.Kind.ToCode(),
        gate.MetricId,
        gate.Threshold,
        gate.Observed,
        gate.Passed,
        gate.ReasonCode,
        gate.Sentence);

    private static SummaryRow Row(Decision decision, IReadOnlyList<ResultRow> results)
    {
        ResultRow? primary = results.FirstOrDefault(row =>
            row.MetricId == decision.PrimaryMetricId && row.VariationId == decision.VariationId);
        bool isMonitored = primary?.LookNumber is not null;
        return new SummaryRow(
            decision.VariationId,
            decision.IsBest,
            decision.Outcome.ToCode(),
            decision.Code,
            decision.Sentence,
            decision.PrimaryMetricId,
            primary?.UpliftRelative,
            isMonitored ? primary!.AlwaysValidRelativeLower : primary?.CiRelativeLower,
            isMonitored ? primary!.AlwaysValidRelativeUpper : primary?.CiRelativeUpper,
            isMonitored ? primary!.AlwaysValidPValue : primary?.PValue,
            decision.AdjustedPValue,
            decision.RemainingUnits);
    }
}

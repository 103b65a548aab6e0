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

    private const string ControlReason = "control";
    private const double PlanPower = .8;

    /// <summary>Computes everything for one experiment in one mode.</summary>
    /// <param name="definition">The experiment, with exactly one control.</param>
    /// <param name="data">What the marts hold.</param>
    /// <param name="interval">The intervals of proportions.</param>
    public static AnalysisOutcome Compute(
        ExperimentDefinition definition, AnalysisData data, ProportionInterval interval)
    {
        DecisionPolicy policy = definition.Policy;
        List<SrmRow> sampleRatios = [];
        List<SampleRatioEvidence> ratioEvidence = [];
        foreach (string stage in new[] { Assigned, Exposed })
        {
            SampleRatioEvidence evidence = CheckSampleRatio(definition, data, stage, sampleRatios);

            // Units are lost between assignment and exposure, which cannot harm a comparison of all assigned units.
            if (stage == Assigned || data.Mode == Exposed)
            {
                ratioEvidence.Add(evidence);
            }
        }

        List<ResultRow> results = [];
        List<MetricEvidence> evidences = [];
        foreach (MetricDefinition metric in definition.Metrics)
        {
            CompareMetric(definition, data, metric, interval, results, evidences);
        }

        string control = definition.Variations[0].VariationId;
        string[] treatments =
            [.. definition.Variations.Where(variation => !variation.IsControl)
                .Select(variation => variation.VariationId)];
        long units = data.StageCounts
            .Where(count => count.Stage == (data.Mode == Exposed ? Exposed : Assigned))
            .Sum(count => count.Count);
        IReadOnlyList<Decision> decisions = DecisionEngine.Decide(
            policy,
            treatments,
            evidences,
            new QualityEvidence(ratioEvidence, data.IsReconciled, data.ReconciliationDifference),
            new PlanEvidence(definition.PlannedUnits, units, definition.EndAt, data.Watermark));

        List<GateRow> gates = [];
        List<SummaryRow> summaries = [];
        foreach (Decision decision in decisions)
        {
            gates.AddRange(decision.Gates.Select(gate => new GateRow(
                decision.VariationId,
                gate.Order,
                gate.Name,
                gate.Kind.ToCode(),
                gate.MetricId,
                gate.Threshold,
                gate.Observed,
                gate.Passed,
                gate.ReasonCode,
                gate.Sentence)));
            ResultRow? primary = results.Find(row =>
                row.MetricId == decision.PrimaryMetricId && row.VariationId == decision.VariationId);
            summaries.Add(new SummaryRow(
                decision.VariationId,
                decision.IsBest,
                decision.Outcome.ToCode(),
                decision.Code,
                decision.Sentence,
                decision.PrimaryMetricId,
                primary?.UpliftRelative,
                primary?.CiRelativeLower,
                primary?.CiRelativeUpper,
                primary?.PValue,
                decision.AdjustedPValue,
                decision.RemainingUnits));
        }

        return new AnalysisOutcome(results, sampleRatios, gates, summaries);
    }

    private static SampleRatioEvidence CheckSampleRatio(
        ExperimentDefinition definition, AnalysisData data, string stage, List<SrmRow> rows)
    {
        // One period where the weights never changed, else one a weight epoch, each with its own weights.
        int[] epochs = data.EpochWeights.Count == 0
            ? [1]
            : [.. data.EpochWeights.Select(static row => row.WeightEpoch).Distinct().Order()];
        SampleRatioResult result = SampleRatioMismatch.Compute(
            [.. epochs.Select(epoch => new WeightEpoch(
                [.. definition.Variations.Select(variation => data.StageCounts
                    .Where(count => count.Stage == stage && count.VariationId == variation.VariationId
                        && (data.EpochWeights.Count == 0 || count.WeightEpoch == epoch))
                    .Sum(static count => count.Count))],
                [.. definition.Variations.Select(variation => data.EpochWeights
                    .FirstOrDefault(row => row.WeightEpoch == epoch && row.VariationId == variation.VariationId)?.Weight
                    ?? variation.Weight)]))]);
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
                result.PValue));
        }

        return new SampleRatioEvidence(stage, result.PValue, result.UnitsWithoutWeight, result.ReasonCode);
    }

    private static void CompareMetric(
        ExperimentDefinition definition,
        AnalysisData data,
        MetricDefinition metric,
        ProportionInterval interval,
        List<ResultRow> results,
        List<MetricEvidence> evidences)
    {
        DecisionPolicy policy = definition.Policy;
        bool isGuardrail = metric.Role == MetricRole.Guardrail;
        VariationSample control = VariationSample.Of(data, metric, definition.Variations[0].VariationId);
        string method = MetricComparison.MethodOf(metric, control);
        string[] variations = [.. definition.Variations.Select(static variation => variation.VariationId)];
        List<(VariationSample Arm, EffectEstimate Effect, double? Mde)> compared = [];
        foreach (VariationDefinition variation in definition.Variations.Where(variation => !variation.IsControl))
        {
            VariationSample arm = VariationSample.Of(data, metric, variation.VariationId);
            EffectEstimate effect = MetricComparison.Compute(
                metric, data, variations, variation.VariationId, policy.Alpha, interval);
            double alpha = isGuardrail ? policy.GuardrailAlpha : policy.Alpha;
            double power = isGuardrail ? policy.GuardrailPower : PlanPower;
            double? mde = effect.HasAnswer ? DetectableEffect(method, control, arm, alpha, power) : null;
            compared.Add((arm, effect, mde));
            evidences.Add(new MetricEvidence(
                variation.VariationId, metric.MetricId, metric.Role, metric.Direction, effect, mde, metric.Margin));
        }

        double?[] adjusted = Adjust(policy.Correction, [.. compared.Select(item => item.Effect.PValue)]);
        results.Add(Row(definition, data, metric, control) with
        {
            IsControl = true,
            ReasonCode = ControlReason,
        });
        for (int i = 0; i < compared.Count; i++)
        {
            (VariationSample arm, EffectEstimate effect, double? mde) = compared[i];
            results.Add(Row(definition, data, metric, arm) with
            {
                UpliftAbsolute = effect.UpliftAbsolute,
                UpliftRelative = effect.UpliftRelative,
                StandardError = effect.StandardError,
                PValue = effect.PValue,
                CiLower = effect.CiLower,
                CiUpper = effect.CiUpper,
                CiRelativeLower = effect.CiRelativeLower,
                CiRelativeUpper = effect.CiRelativeUpper,
                EffectSize = effect.EffectSize,
                AdjustedPValue = adjusted[i],
                Method = method == Methods.TwoProportionZPooled ? effect.Method + Suffix(interval) : effect.Method,
                ReasonCode = effect.ReasonCode ?? effect.RelativeReason,
                IntervalAgrees = effect.IntervalAgrees,
                MdeRelative = mde,
                TestStatistic = effect.Statistic,
                DegreesOfFreedom = effect.DegreesOfFreedom,
            });
        }
    }

    /// <summary>
    /// The smallest relative effect that the sample would have found; null for methods without one (quantiles, times).
    /// Under a covariate it is that of the unadjusted mean, which is larger.
    /// </summary>
    private static double? DetectableEffect(
        string method, VariationSample control, VariationSample treatment, double alpha, double power) => method switch
        {
            Methods.TwoProportionZPooled =>
                MinimumDetectableEffect.Relative(control.Binomial, treatment.Binomial, alpha, power),
            Methods.WelchT or Methods.CupedT =>
                MinimumDetectableEffect.Relative(control.Mean, treatment.Mean, alpha, power),
            Methods.RatioDeltaT when control.Ratio.ToMeanArm() is { } c && treatment.Ratio.ToMeanArm() is { } t =>
                MinimumDetectableEffect.Relative(c, t, alpha, power),
            _ => null,
        };

    private static ResultRow Row(
        ExperimentDefinition definition, AnalysisData data, MetricDefinition metric, VariationSample arm)
    {
        string method = MetricComparison.MethodOf(metric, arm);
        QuantileAggregate? quantile = data.Quantiles.FirstOrDefault(row => row.Is(metric, arm.VariationId));
        double rate = arm.UnitCount < 1 ? 0 : arm.Binomial.Rate;
        MeanArm? mean = method == Methods.RatioDeltaT ? arm.Ratio.ToMeanArm() : arm.Mean;
        (double? value, double? deviation) = method switch
        {
            _ when arm.UnitCount < 1 => ((double?)null, (double?)null),
            Methods.QuantileZ => (quantile?.Arm.Quantile, null),
            Methods.TwoProportionZPooled => (rate, Math.Sqrt(rate * (1 - rate))),
            _ => (mean?.Mean, mean is null ? null : Math.Sqrt(mean.Value.Variance)),
        };
        return new ResultRow
        {
            MetricId = metric.MetricId,
            MetricVersion = metric.Version,
            MetricRole = RoleName(metric.Role),
            VariationId = arm.VariationId,
            IsControl = false,
            AssignedCount = arm.AssignedCount,
            UnitCount = arm.UnitCount,
            Mean = value,
            StandardDeviation = arm.UnitCount < 2 ? null : deviation,
            Method = method,
            ConfidenceLevel = 1 - definition.Policy.Alpha,
        };
    }

    private static double?[] Adjust(VariationCorrection correction, double?[] pValues) => correction switch
    {
        VariationCorrection.Holm => MultipleComparisons.Holm(pValues),
        VariationCorrection.Bonferroni => MultipleComparisons.Bonferroni(pValues),
        VariationCorrection.None => pValues,
        _ => throw new ArgumentOutOfRangeException(nameof(correction), correction, "No such correction."),
    };

    /// <summary>An interval that was asked for by name is part of the method that a result row names.</summary>
    private static string Suffix(ProportionInterval interval) => interval switch
    {
        ProportionInterval.Score => string.Empty,
        ProportionInterval.Wald => "+wald",
        ProportionInterval.Newcombe => "+newcombe",
        ProportionInterval.MiettinenNurminen => "+miettinen_nurminen",
        ProportionInterval.Fieller => "+fieller",
        _ => throw new ArgumentOutOfRangeException(nameof(interval), interval, "No such interval."),
    };

    /// <summary>A role as the catalog spells it.</summary>
    public static string RoleName(MetricRole role) => role switch
    {
        MetricRole.Primary => "primary",
        MetricRole.Secondary => "secondary",
        MetricRole.Guardrail => "guardrail",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "No such role."),
    };
}

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
    private const string WeightsChanged = "weights_changed";
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
        long[] observed = new long[definition.Variations.Count];
        double[] weights = new double[observed.Length];
        for (int i = 0; i < observed.Length; i++)
        {
            VariationDefinition variation = definition.Variations[i];
            weights[i] = variation.Weight;
            observed[i] = data.StageCounts
                .Where(count => count.Stage == stage && count.VariationId == variation.VariationId)
                .Sum(count => count.Count);
        }

        SampleRatioResult result = SampleRatioMismatch.Compute(observed, weights);
        for (int i = 0; i < observed.Length; i++)
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
        Arm control = Arm.Of(data, metric, definition.Variations[0].VariationId);
        List<(Arm Arm, EffectEstimate Effect, double? Mde)> compared = [];
        bool weightsChanged = data.Aggregates
            .Where(row => row.MetricId == metric.MetricId && row.AssignedCount > 0)
            .Select(row => row.WeightEpoch).Distinct().Count() > 1;
        foreach (VariationDefinition variation in definition.Variations.Where(variation => !variation.IsControl))
        {
            Arm arm = Arm.Of(data, metric, variation.VariationId);
            EffectEstimate effect = weightsChanged
                ? EffectEstimate.None(MethodOf(metric), policy.Alpha, WeightsChanged)
                : metric.IsProportion
                    ? TwoProportionTest.Compute(control.Binomial, arm.Binomial, policy.Alpha, interval)
                    : WelchTTest.Compute(control.Mean, arm.Mean, policy.Alpha);
            double alpha = isGuardrail ? policy.GuardrailAlpha : policy.Alpha;
            double power = isGuardrail ? policy.GuardrailPower : PlanPower;
            double? mde = !effect.HasAnswer
                ? null
                : metric.IsProportion
                    ? MinimumDetectableEffect.Relative(control.Binomial, arm.Binomial, alpha, power)
                    : MinimumDetectableEffect.Relative(control.Mean, arm.Mean, alpha, power);
            compared.Add((arm, effect, mde));
            evidences.Add(new MetricEvidence(
                variation.VariationId, metric.MetricId, metric.Role, metric.Direction, effect, mde, metric.Margin));
        }

        double?[] adjusted = Adjust(policy.Correction, [.. compared.Select(item => item.Effect.PValue)]);
        results.Add(Row(definition, metric, control) with
        {
            IsControl = true,
            Method = MethodOf(metric),
            ReasonCode = ControlReason,
        });
        for (int i = 0; i < compared.Count; i++)
        {
            (Arm arm, EffectEstimate effect, double? mde) = compared[i];
            results.Add(Row(definition, metric, arm) with
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
                Method = metric.IsProportion ? effect.Method + Suffix(interval) : effect.Method,
                ReasonCode = effect.ReasonCode ?? effect.RelativeReason,
                IntervalAgrees = effect.IntervalAgrees,
                MdeRelative = mde,
                TestStatistic = effect.Statistic,
                DegreesOfFreedom = effect.DegreesOfFreedom,
            });
        }
    }

    private static ResultRow Row(ExperimentDefinition definition, MetricDefinition metric, Arm arm)
    {
        double? mean = arm.UnitCount < 1 ? null : metric.IsProportion ? arm.Binomial.Rate : arm.Mean.Mean;
        double? deviation = arm.UnitCount < 2
            ? null
            : metric.IsProportion
                ? Math.Sqrt(arm.Binomial.Rate * (1 - arm.Binomial.Rate))
                : Math.Sqrt(arm.Mean.Variance);
        return new ResultRow
        {
            MetricId = metric.MetricId,
            MetricVersion = metric.Version,
            MetricRole = RoleName(metric.Role),
            VariationId = arm.VariationId,
            IsControl = false,
            AssignedCount = arm.AssignedCount,
            UnitCount = arm.UnitCount,
            Mean = mean,
            StandardDeviation = deviation,
            Method = MethodOf(metric),
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

    private static string MethodOf(MetricDefinition metric) =>
        metric.IsProportion ? Methods.TwoProportionZPooled : Methods.WelchT;

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

    /// <summary>One variation's sample of one metric.</summary>
    private sealed record Arm(
        string VariationId, long AssignedCount, long UnitCount, MeanArm Mean, BinomialArm Binomial)
    {
        public static Arm Of(AnalysisData data, MetricDefinition metric, string variationId)
        {
            long assigned = 0;
            long units = 0;
            long successes = 0;
            MeanArm mean = default;
            foreach (MetricAggregate row in data.Aggregates)
            {
                if (row.MetricId != metric.MetricId || row.MetricVersion != metric.Version
                    || row.VariationId != variationId)
                {
                    continue;
                }

                assigned += row.AssignedCount;
                units += row.UnitCount;
                successes += row.SuccessCount ?? 0;
                mean = mean.Merge(MeanArm.FromCentred(
                    row.UnitCount, row.Center, row.SumCentered, row.SumCenteredSquared));
            }

            return new Arm(
                variationId, assigned, units, mean, new BinomialArm(units, Math.Min(successes, units)));
        }
    }
}

using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>From comparisons to rows of results.result_rows and its sisters.</summary>
internal static class ResultRows
{
    /// <summary>The power at which effects of metrics that are no guardrails are detectable.</summary>
    public const double PlanPower = .8;

    /// <summary>The rows of a slice: of each metric the control's, then the treatments'.</summary>
    public static List<ResultRow> Of(
        ExperimentDefinition definition, AnalysisSlice slice, IReadOnlyList<ComparedArm> arms)
    {
        List<ResultRow> rows = [];
        foreach (MetricDefinition metric in definition.Metrics)
        {
            ComparedArm[] own = [.. arms.Where(arm => arm.Metric == metric)];
            rows.Add(Control(definition, own.Length > 0 ? own[0].Slice : slice, metric));
            rows.AddRange(own.Select(arm => Treatment(definition, arm)));
        }

        return rows;
    }

    /// <summary>The smallest relative effect that the sample would have found; null for methods without one.</summary>
    public static double? DetectableEffect(ComparedArm arm, double alpha, double power)
    {
        if (!arm.Comparison.Effect.HasAnswer)
        {
            return null;
        }

        if (arm.Monitored is { } monitored)
        {
            return arm.Comparison.Moments is { } m && monitored.Critical is { } critical && m.ControlMean != 0
                ? (critical + Tails.NormalQuantile(power)) * Math.Sqrt(m.Variance) / Math.Abs(m.ControlMean)
                : null;
        }

        VariationSample control = arm.Control;
        VariationSample treatment = arm.Treatment;
        string method = MetricComparison.MethodOf(arm.Metric, control);
        return method switch
        {
            Methods.TwoProportionZPooled =>
                MinimumDetectableEffect.Relative(control.Binomial, treatment.Binomial, alpha, power),
            Methods.WelchT or Methods.StudentT =>
                MinimumDetectableEffect.Relative(control.Mean, treatment.Mean, alpha, power),
            Methods.CupedT or Methods.LinHc2T or Methods.CupedRatioT or Methods.RatioDeltaT or Methods.QuantileZ
                when arm.Comparison.Moments is { } m && m.ControlMean != 0 =>
                MinimumDetectableEffect.Absolute(Math.Sqrt(m.Variance), alpha, power) / Math.Abs(m.ControlMean),
            _ => null,
        };
    }

    /// <summary>A role as the catalog spells it.</summary>
    public static string RoleName(MetricRole role) => role switch
    {
        MetricRole.Primary => "primary",
        MetricRole.Secondary => "secondary",
        MetricRole.Guardrail => "guardrail",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "No such role."),
    };

    /// <summary>How a family's interval is to be read, as stored.</summary>
    public static string IntervalName(FamilyInterval interval) => interval switch
    {
        FamilyInterval.None => "none",
        FamilyInterval.Marginal => "marginal",
        FamilyInterval.Bonferroni => "bonferroni",
        FamilyInterval.HolmCompatible => "holm_compatible",
        FamilyInterval.FalseCoverageRate => "false_coverage_rate",
        FamilyInterval.Dunnett => "dunnett",
        _ => throw new ArgumentOutOfRangeException(nameof(interval), interval, "No such interval."),
    };

    private static ResultRow Control(ExperimentDefinition definition, AnalysisSlice slice, MetricDefinition metric)
    {
        ResultRow row = Plain(
            definition, slice, metric, VariationSample.Of(slice, metric, definition.Control.VariationId));
        row.IsControl = true;
        row.ReasonCode = RunReasons.Control;
        return row;
    }

    private static ResultRow Treatment(ExperimentDefinition definition, ComparedArm arm)
    {
        DecisionPolicy policy = definition.Policy;
        Comparison comparison = arm.Comparison;
        EffectEstimate effect = comparison.Effect;
        bool isGuardrail = arm.Metric.Role == MetricRole.Guardrail;
        ResultRow row = Plain(definition, arm.Slice, arm.Metric, arm.Treatment);
        row.UpliftAbsolute = effect.UpliftAbsolute;
        row.UpliftRelative = effect.UpliftRelative;
        row.StandardError = effect.StandardError;
        row.PValue = effect.PValue;
        row.CiLower = effect.CiLower;
        row.CiUpper = effect.CiUpper;
        row.CiRelativeLower = effect.CiRelativeLower;
        row.CiRelativeUpper = effect.CiRelativeUpper;
        row.EffectSize = effect.EffectSize;
        row.Method = effect.Method + Suffix(arm, effect);
        row.ReasonCode = effect.ReasonCode ?? effect.RelativeReason;
        row.IntervalAgrees = effect.IntervalAgrees;
        row.MdeRelative = DetectableEffect(
            arm,
            isGuardrail ? policy.GuardrailAlpha : policy.Alpha,
            isGuardrail ? policy.GuardrailPower : PlanPower);
        row.TestStatistic = effect.Statistic;
        row.DegreesOfFreedom = effect.DegreesOfFreedom;
        row.Options = arm.Options.Describe(policy, arm.Monitored is null ? null : definition.Plan);
        row.SuperiorityShare = comparison.SuperiorityShare;
        AddFamily(row, arm);
        AddMargins(row, arm);
        AddAdjustment(row, comparison.Adjusted);
        AddUncapped(row, comparison.Uncapped);
        AddPosterior(row, arm);
        AddMonitored(row, arm.Monitored);
        return row;
    }

    private static ResultRow Plain(
        ExperimentDefinition definition, AnalysisSlice slice, MetricDefinition metric, VariationSample arm)
    {
        string method = MetricComparison.MethodOf(metric, arm);
        QuantileAggregate? quantile = slice.Quantiles.FirstOrDefault(row => row.Is(metric, arm.VariationId));
        double rate = arm.UnitCount < 1 ? 0 : arm.Binomial.Rate;
        MeanArm? mean = method is Methods.RatioDeltaT or Methods.CupedRatioT ? arm.Ratio.ToMeanArm() : arm.Mean;
        (double? value, double? deviation) = method switch
        {
            _ when arm.UnitCount < 1 => ((double?)null, (double?)null),
            Methods.QuantileZ => (quantile?.Arm.Quantile, null),
            Methods.Switchback => (arm.Blocks.Sum(static b => b.SumY) / arm.Blocks.Sum(static b => b.SumN), null),
            Methods.TwoProportionZPooled => (rate, Math.Sqrt(rate * (1 - rate))),
            _ => (mean?.Mean, mean is null ? null : Math.Sqrt(mean.Value.Variance)),
        };
        MetricAggregate? capped = arm.HasCap ? arm.Rows[0] : null;
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
            CappedCount = arm.CappedCount,
            CapLower = capped?.CapLower,
            CapUpper = capped?.CapUpper,
            UncappedMean = capped is null || arm.UnitCount < 1 || method is Methods.RatioDeltaT or Methods.CupedRatioT
                ? null
                : arm.Uncapped.Mean,
        };
    }

    private static void AddFamily(ResultRow row, ComparedArm arm)
    {
        if (arm.Family is not { } family)
        {
            return;
        }

        row.FamilyName = family.Name;
        if (arm.Monitored is not null)
        {
            row.AlwaysValidAdjustedPValue = family.AdjustedPValue;
            return;
        }

        row.AdjustedPValue = family.AdjustedPValue;
        row.FamilyInterval = IntervalName(family.Interval);
        row.IsSimultaneous = family.IsSimultaneous;
        row.FamilyCiLower = family.Lower;
        row.FamilyCiUpper = family.Upper;
        row.FamilyCiRelativeLower = family.RelativeLower;
        row.FamilyCiRelativeUpper = family.RelativeUpper;
    }

    private static void AddMargins(ResultRow row, ComparedArm arm)
    {
        row.Margin = arm.Options.Margin;
        row.MarginKind = arm.Options.Margin is null && arm.Options.EquivalenceMargin is null
            && arm.Options.SuperiorityMargin == 0
                ? null
                : arm.Options.IsRelativeMargin ? "relative" : "absolute";
        if (arm.Comparison.Margins is { } margins)
        {
            row.NonInferiorityPValue = margins.NonInferiorityPValue;
            row.NonInferiorityBound = margins.Bound;
            row.IsNonInferior = margins.IsNonInferior;
            row.IsWorse = margins.IsWorse;
            row.SuperiorityPValue = margins.SuperiorityPValue;
            row.IsSuperior = margins.IsSuperior;
            row.EquivalencePValue = margins.EquivalencePValue;
            row.IsEquivalent = margins.IsEquivalent;
        }
    }

    private static void AddAdjustment(ResultRow row, AdjustedEstimate? adjusted)
    {
        if (adjusted is null)
        {
            return;
        }

        EffectEstimate plain = adjusted.Unadjusted;
        row.UnadjustedUpliftAbsolute = plain.UpliftAbsolute;
        row.UnadjustedUpliftRelative = plain.UpliftRelative;
        row.UnadjustedStandardError = plain.StandardError;
        row.UnadjustedPValue = plain.PValue;
        row.UnadjustedCiLower = plain.CiLower;
        row.UnadjustedCiUpper = plain.CiUpper;
        row.Theta = Finite(adjusted.Theta is { Count: > 0 } theta ? theta[0] : null);
        row.MissingCovariateRate = adjusted.MissingRate;
        row.CovariateImbalance = Finite(adjusted.Imbalance.Count > 0 ? adjusted.Imbalance[0] : null);
        row.CovariateImbalancePValue = adjusted.ImbalancePValues.Count > 0 ? adjusted.ImbalancePValues[0] : null;
        row.VarianceReduction = Finite(adjusted.VarianceReduction);
    }

    private static void AddUncapped(ResultRow row, EffectEstimate? uncapped)
    {
        row.UncappedUpliftAbsolute = uncapped?.UpliftAbsolute;
        row.UncappedStandardError = uncapped?.StandardError;
        row.UncappedPValue = uncapped?.PValue;
        row.UncappedCiLower = uncapped?.CiLower;
        row.UncappedCiUpper = uncapped?.CiUpper;
    }

    private static void AddPosterior(ResultRow row, ComparedArm arm)
    {
        row.Prior = arm.Options.Prior?.Text;
        if (arm.Comparison.Posterior is { } posterior)
        {
            row.ChanceToBeatControl = posterior.ChanceToBeatControl;
            row.ExpectedLoss = posterior.ExpectedLossTreatment;
            row.CredibleLower = posterior.Lower;
            row.CredibleUpper = posterior.Upper;
            row.ChanceAboveThreshold = posterior.ChanceAboveThreshold;
        }
    }

    private static void AddMonitored(ResultRow row, MonitoredEffect? monitored)
    {
        if (monitored is null)
        {
            return;
        }

        row.LookNumber = monitored.LookNumber;
        row.AlwaysValidPValue = monitored.Effect.PValue;
        row.AlwaysValidLower = monitored.Effect.CiLower;
        row.AlwaysValidUpper = monitored.Effect.CiUpper;
        row.AlwaysValidRelativeLower = monitored.Effect.CiRelativeLower;
        row.AlwaysValidRelativeUpper = monitored.Effect.CiRelativeUpper;
        row.SequentialReason = monitored.Effect.ReasonCode ?? monitored.Effect.RelativeReason;
    }

    /// <summary>An interval that was asked for by name is part of the method that a result row names.</summary>
    private static string Suffix(ComparedArm arm, EffectEstimate effect)
    {
        string method = MetricComparison.MethodOf(arm.Metric, arm.Control);
        return method switch
        {
            Methods.TwoProportionZPooled when arm.Options.ProportionInterval != ProportionInterval.Score
                && effect.Method != Methods.PostStratifiedZ =>
                "+" + OptionNames.Of(OptionNames.ProportionIntervals, arm.Options.ProportionInterval),
            Methods.WelchT or Methods.StudentT or Methods.CupedT or Methods.LinHc2T or Methods.RatioDeltaT
                or Methods.CupedRatioT when arm.Options.LiftInterval != LiftInterval.Fieller =>
                "+" + OptionNames.Of(OptionNames.RelativeIntervals, arm.Options.LiftInterval),
            _ => string.Empty,
        };
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}

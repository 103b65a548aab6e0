using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>
/// Corrects p-values within the families of the policy, and asks each member's own method for the interval that goes
/// with the correction (STATISTICS, "Families and intervals").
/// </summary>
internal static class FamilyCorrection
{
    /// <summary>The families of an experiment's metrics: over variations, by role, or all of the experiment.</summary>
    public static void Correct(ExperimentDefinition definition, IReadOnlyList<ComparedArm> arms)
    {
        foreach (IGrouping<string, ComparedArm> family in arms.GroupBy(
            arm => NameOf(definition.Policy, arm), StringComparer.Ordinal))
        {
            Correct(definition.Policy, family.Key, [.. family]);
        }
    }

    /// <summary>One family.</summary>
    public static void Correct(DecisionPolicy policy, string name, IReadOnlyList<ComparedArm> arms)
    {
        // A guardrail among others is tested at its own alpha, uncorrected (an intersection-union test).
        bool isUncorrected = policy.CorrectionFamily != OptionNames.OverVariations
            && arms.All(static arm => arm.Metric.Role == MetricRole.Guardrail);
        Correction correction = isUncorrected ? Correction.None : policy.Correction;
        bool isMonitored = arms.Any(static arm => arm.Monitored is not null);
        IReadOnlyList<FamilyResult> results = correction == Correction.Dunnett
            ? ByDunnett(policy, arms)
            : Families.Correct(
                [.. arms.Select(arm => new FamilyMember(
                    arm.DecisionEffect, arm.Metric.Role == MetricRole.Primary))],
                correction,
                policy.Alpha,
                policy.PrimaryShare);
        for (int i = 0; i < arms.Count; i++)
        {
            arms[i].Family = isMonitored
                ? new FamilyOutcome(name, results[i].AdjustedPValue, FamilyInterval.None, false, null, null, null, null)
                : Outcome(name, arms[i], results[i], correction);
        }
    }

    private static string NameOf(DecisionPolicy policy, ComparedArm arm) => policy.CorrectionFamily switch
    {
        OptionNames.OverVariations => $"{arm.Metric.MetricId}, over variations",
        OptionNames.ByRole => $"{ResultRows.RoleName(arm.Metric.Role)} metrics, over variations",
        OptionNames.OverExperiment when arm.Metric.Role == MetricRole.Guardrail => "guardrails, uncorrected",
        OptionNames.OverExperiment => "metrics of the experiment, over variations",
        var other => throw new ArgumentOutOfRangeException(nameof(policy), other, "No such family."),
    };

    private static FamilyOutcome Outcome(string name, ComparedArm arm, FamilyResult result, Correction correction)
    {
        if (result.Interval == FamilyInterval.None)
        {
            return new FamilyOutcome(name, result.AdjustedPValue, result.Interval, false, null, null, null, null);
        }

        if (result.IntervalAlpha is { } alpha)
        {
            EffectEstimate again = alpha == arm.Options.Alpha
                ? arm.Comparison.Effect
                : MetricComparison.IntervalAt(
                    arm.Metric, arm.Options, arm.Slice, arm.Variations, arm.VariationId, alpha);
            return new FamilyOutcome(
                name,
                result.AdjustedPValue,
                result.Interval,
                result.IsSimultaneous,
                again.CiLower,
                again.CiUpper,
                again.CiRelativeLower,
                again.CiRelativeUpper);
        }

        // Dunnett's critical value serves Fieller's set too.
        double? half = (result.Upper - result.Lower) / 2;
        RelativeInterval? relative = correction == Correction.Dunnett && arm.Comparison.Moments is { } moments
            && half / arm.Comparison.Effect.StandardError is { } critical && critical > 0
                ? RelativeLift.Fieller(moments, critical)
                : null;
        return new FamilyOutcome(
            name,
            result.AdjustedPValue,
            result.Interval,
            result.IsSimultaneous,
            result.Lower,
            result.Upper,
            relative?.Lower,
            relative?.Upper);
    }

    /// <summary>Dunnett needs each arm's variance: V_c and Var(d) - V_c, adjusted ones where there is a covariate.</summary>
    private static IReadOnlyList<FamilyResult> ByDunnett(DecisionPolicy policy, IReadOnlyList<ComparedArm> arms)
    {
        EffectMoments?[] moments = [.. arms.Select(static arm =>
            arm.Comparison.Effect.HasAnswer ? arm.Comparison.Moments : null)];
        if (moments.Any(static m => m is null)
            || arms.Any(static arm => arm.Comparison.Effect.Method is Methods.LinT or Methods.LinHc2T))
        {
            // A member without a variance has no place in the joint law, nor have slopes of their own in each arm, with
            // which the control's mean differs between comparisons: the others are corrected by Bonferroni.
            return Families.Correct(
                [.. arms.Select(static arm => new FamilyMember(arm.Comparison.Effect))],
                Correction.Bonferroni,
                policy.Alpha);
        }

        // Cov(d, m_c) = -V_c(adjusted) where d carries the control's noise.
        double control = -moments[0]!.Value.Covariance;
        return Families.CorrectByDunnett(
            [.. arms.Select(static arm => arm.Comparison.Effect)],
            control,
            [.. moments.Select(m => Math.Max(0, m!.Value.Variance - control))],
            policy.Alpha);
    }
}

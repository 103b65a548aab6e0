using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>What a comparison says to the policy.</summary>
internal static class EvidenceBuilder
{
    /// <summary>The evidence of one metric in one variation.</summary>
    public static MetricEvidence Of(ExperimentDefinition definition, ComparedArm arm)
    {
        DecisionPolicy policy = definition.Policy;
        bool isGuardrail = arm.Metric.Role == MetricRole.Guardrail;
        bool isComplete = policy.Kind == PolicyKind.Complete;
        int guardrails = definition.Metrics.Count(static metric => metric.Role == MetricRole.Guardrail);

        // A complete policy ships only where every guardrail holds: each is planned with 1 - b/(G + 1).
        double power = isComplete
            ? 1 - ((1 - policy.GuardrailPower) / (guardrails + 1))
            : isGuardrail ? policy.GuardrailPower : ResultRows.PlanPower;
        double alpha = !isGuardrail
            ? policy.Alpha
            : isComplete ? Math.Min(.999, 2 * policy.GuardrailAlpha) : policy.GuardrailAlpha;
        return new MetricEvidence(
            arm.VariationId,
            arm.Metric.MetricId,
            arm.Metric.Role,
            arm.Metric.Direction,
            arm.DecisionEffect,
            ResultRows.DetectableEffect(arm, alpha, power),
            arm.Metric.Margin)
        {
            AdjustedPValue = arm.Family?.AdjustedPValue,
            Margins = arm.Monitored is null ? Fixed(arm) : Monitored(arm),
        };
    }

    private static MarginEvidence? Fixed(ComparedArm arm) => arm.Comparison.Margins is { } margins
        ? new MarginEvidence(
            margins.SuperiorityPValue,
            margins.IsNonInferior,
            margins.NonInferiorityPValue,
            margins.Bound,
            margins.WorsePValue,
            !arm.Options.IsRelativeMargin)
        : null;

    /// <summary>
    /// Under a plan the p-value over all looks, halved into the desired direction, and the bound of the always-valid
    /// interval take the place of the one-sided tests of one look. A margin of superiority is read off the bound too.
    /// </summary>
    private static MarginEvidence? Monitored(ComparedArm arm)
    {
        EffectEstimate effect = arm.DecisionEffect;
        if (!effect.HasAnswer || effect.PValue is not { } pValue)
        {
            return null;
        }

        double sign = arm.Metric.Direction == DesiredDirection.Increase ? 1 : -1;
        double oriented = sign * (effect.UpliftAbsolute ?? effect.UpliftRelative ?? 0);
        bool isTwoSided = effect.Alternative == Alternative.TwoSided;
        double half = isTwoSided ? pValue / 2 : pValue;
        bool isRelative = arm.Options.IsRelativeMargin;
        double? bound = (isRelative, sign > 0) switch
        {
            (true, true) => effect.CiRelativeLower,
            (true, false) => effect.CiRelativeUpper,
            (false, true) => effect.CiLower,
            (false, false) => effect.CiUpper,
        };
        double margin = arm.Options.SuperiorityMargin;
        return new MarginEvidence(
            margin == 0
                ? oriented > 0 ? half : 1 - half
                : sign * bound > margin ? arm.Options.Alpha / 4 : bound is null ? null : 1,
            arm.Options.Margin is { } allowed && bound is not null ? sign * bound > -allowed : null,
            null,
            bound,
            oriented < 0 && isTwoSided ? half : 1 - half,
            !isRelative);
    }
}

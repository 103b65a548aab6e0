namespace Experiments.Statistics;

/// <summary>Where the coefficient of a covariate is estimated.</summary>
public enum ThetaSource
{
    /// <summary>
    /// Within the arms, pooled (ANCOVA), the default: Σ(n-1)s_xy/Σ(n-1)s_x² for means; for ratios
    /// Σ(s_xy/n)/Σ(s_x²/n).
    /// </summary>
    Within,

    /// <summary>
    /// In the merged sample, on request: it absorbs part of the effect where x is imbalanced between the arms.
    /// </summary>
    Merged,
}

/// <summary>What is known about a covariate besides its values.</summary>
/// <param name="MissingUnits">Units of the two arms without a value; they carry x = 0 or an indicator.</param>
/// <param name="IsAfterAnchor">Whether it was measured, even in part, after the unit's anchor.</param>
public readonly record struct CovariateFacts(long MissingUnits = 0, bool IsAfterAnchor = false);

/// <summary>An effect adjusted for covariates, beside the unadjusted one.</summary>
/// <param name="Effect">The adjusted effect, or the reason why there is none.</param>
/// <param name="Unadjusted">The effect without the adjustment.</param>
/// <param name="Moments">The adjusted effect for margins, sequences and lifts; null without an answer.</param>
/// <param name="Theta">The coefficients of the control arm (all arms, where they share them).</param>
/// <param name="TreatmentTheta">The coefficients of the treatment arm.</param>
/// <param name="ControlMean">The control's adjusted mean, at the covariates' overall means.</param>
/// <param name="TreatmentMean">The treatment's adjusted mean.</param>
/// <param name="VarianceReduction">1 - Var(adjusted)/Var(unadjusted); negative where the adjustment does harm.</param>
/// <param name="Imbalance">
/// For each covariate the difference of its means over its pooled standard deviation: it is 0 on average, since the
/// covariate is from before the exposure.
/// </param>
/// <param name="ImbalancePValues">The two-sided p-value of each imbalance; small ones question the randomisation.</param>
/// <param name="MissingRate">The share of units without a value of the covariate.</param>
public sealed record AdjustedEstimate(
    EffectEstimate Effect,
    EffectEstimate Unadjusted,
    EffectMoments? Moments,
    IReadOnlyList<double>? Theta,
    IReadOnlyList<double>? TreatmentTheta,
    double? ControlMean,
    double? TreatmentMean,
    double? VarianceReduction,
    IReadOnlyList<double?> Imbalance,
    IReadOnlyList<double?> ImbalancePValues,
    double? MissingRate);

/// <summary>
/// CUPED: the effect on y - θ(x - x̄) with one θ and one x̄ over all arms. Null hypothesis: m_t = m_c.
/// d = m_t - m_c - θ(x_t - x_c); per arm Var = (s_y² + θ²s_x² - 2θ s_xy)/n; Welch's t. Relative to the unadjusted m_c by
/// Fieller's set with the full covariance C = θ s_xy,c/n_c, so that it excludes 0 exactly when the test rejects.
/// </summary>
/// <remarks>
/// Deng, Xu, Kohavi, Walker 2013. θ's own noise is of lower order and neglected. Refused by name:
/// <c>covariate_after_anchor</c>, <c>covariate_missing</c> (no unit has it), <c>covariate_constant</c>; else the reasons
/// of <see cref="WelchTTest"/>.
/// </remarks>
public static class Cuped
{
    /// <summary>The coefficient over all arms.</summary>
    /// <param name="arms">All arms of the experiment.</param>
    /// <param name="source">Where it is estimated.</param>
    /// <returns>θ; null where x does not vary.</returns>
    public static double? Theta(IReadOnlyList<CupedArm> arms, ThetaSource source = ThetaSource.Within)
    {
        ArgumentNullException.ThrowIfNull(arms);
        double products = 0;
        double squares = 0;
        if (source == ThetaSource.Merged)
        {
            CupedArm all = Merge(arms);
            (products, squares) = (all.Covariance, all.CovariateVariance);
        }
        else
        {
            for (int i = 0; i < arms.Count; i++)
            {
                if (arms[i].N > 1)
                {
                    products += arms[i].Covariance * (arms[i].N - 1);
                    squares += arms[i].CovariateVariance * (arms[i].N - 1);
                }
            }
        }

        return squares > 0 ? products / squares : null;
    }

    /// <summary>The coefficient of a ratio metric over all arms.</summary>
    /// <param name="arms">All arms of the experiment.</param>
    /// <param name="source">Where it is estimated.</param>
    /// <returns>θ; null where a denominator is 0 or the ratio before does not vary.</returns>
    public static double? Theta(IReadOnlyList<RatioCupedArm> arms, ThetaSource source = ThetaSource.Within)
    {
        ArgumentNullException.ThrowIfNull(arms);
        IEnumerable<RatioCupedArm> filled = arms.Where(static arm => arm.N > 1);
        if (source == ThetaSource.Merged)
        {
            filled = filled.Any() ? [filled.Aggregate(static (merged, arm) => merged.Merge(arm))] : [];
        }

        double products = 0;
        double squares = 0;
        foreach (RatioCupedArm arm in filled)
        {
            if (arm.ToCupedArm() is not { } line)
            {
                return null;
            }

            products += line.Covariance / line.N;
            squares += line.CovariateVariance / line.N;
        }

        return squares > 0 ? products / squares : null;
    }

    /// <summary>The adjusted effect on a mean.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="source">Where θ is estimated.</param>
    /// <param name="otherArms">The experiment's further arms, which share θ.</param>
    /// <param name="facts">What is known about the covariate.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>The adjusted effect, or the reason why there is none, beside the unadjusted one.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static AdjustedEstimate Compute(
        CupedArm control,
        CupedArm treatment,
        double alpha,
        ThetaSource source = ThetaSource.Within,
        IReadOnlyList<CupedArm>? otherArms = null,
        CovariateFacts facts = default,
        Alternative alternative = Alternative.TwoSided)
    {
        CupedArm[] arms = otherArms is null ? [control, treatment] : [control, treatment, .. otherArms];
        CupedArm all = Merge(arms);
        return ComputeAt(
            control,
            treatment,
            Theta(arms, source),
            all.CovariateMean,
            alpha,
            alternative,
            facts,
            Methods.CupedT,
            WelchTTest.Compute(control.Unadjusted, treatment.Unadjusted, alpha, alternative));
    }

    /// <summary>The adjusted effect on a ratio.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="source">Where θ is estimated.</param>
    /// <param name="otherArms">The experiment's further arms, which share θ.</param>
    /// <param name="facts">What is known about the covariate.</param>
    /// <param name="alternative">The alternative.</param>
    /// <param name="theta">θ where it is given and not estimated.</param>
    /// <returns>
    /// The adjusted effect, or the reason why there is none (<c>zero_denominator</c> too), beside the unadjusted one.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static AdjustedEstimate Compute(
        RatioCupedArm control,
        RatioCupedArm treatment,
        double alpha,
        ThetaSource source = ThetaSource.Within,
        IReadOnlyList<RatioCupedArm>? otherArms = null,
        CovariateFacts facts = default,
        Alternative alternative = Alternative.TwoSided,
        double? theta = null)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        Tails.ThrowIfNotProbability(alpha);
        if (control.ToCupedArm() is not { } c || treatment.ToCupedArm() is not { } t)
        {
            EffectEstimate none = EffectEstimate.None(Methods.CupedRatioT, alpha, Reasons.ZeroDenominator)
                with { Alternative = alternative };
            return new AdjustedEstimate(
                none, none with { Method = Methods.RatioDeltaT }, null, null, null, null, null, null, [null], [null], null);
        }

        RatioCupedArm[] arms = [.. ((RatioCupedArm[])[control, treatment, .. otherArms ?? []]).Where(arm => arm.N > 0)];
        double overall = 0;
        if (arms.Length > 0)
        {
            RatioCupedArm all = arms.Aggregate(static (merged, arm) => merged.Merge(arm));
            overall = all.Means[2] / all.Means[3];
        }

        return ComputeAt(
            c,
            t,
            theta ?? Theta(arms, source),
            overall,
            alpha,
            alternative,
            facts,
            Methods.CupedRatioT,
            WelchTTest.Compute(c.Unadjusted, t.Unadjusted, alpha, alternative) with { Method = Methods.RatioDeltaT });
    }

    private static CupedArm Merge(IReadOnlyList<CupedArm> arms)
    {
        CupedArm merged = default;
        for (int i = 0; i < arms.Count; i++)
        {
            merged = merged.Merge(arms[i]);
        }

        return merged;
    }

    internal static (double? Imbalance, double? PValue) Balance(MeanArm control, MeanArm treatment)
    {
        if (WelchTTest.ReasonAgainst(control, treatment) is not null)
        {
            return (null, null);
        }

        double difference = treatment.Mean - control.Mean;
        double statistic = difference / Math.Sqrt(control.VarianceOfMean + treatment.VarianceOfMean);
        return double.IsFinite(statistic)
            ? (
                WelchTTest.EffectSize(difference, control, treatment),
                Tails.StudentTTwoSided(statistic, WelchTTest.DegreesOfFreedom(control, treatment)))
            : (null, null);
    }

    internal static string? ReasonAgainst(CovariateFacts facts, long units) =>
        facts.IsAfterAnchor
            ? Reasons.CovariateAfterAnchor
            : facts.MissingUnits >= units && units > 0 ? Reasons.CovariateMissing : null;

    private static AdjustedEstimate ComputeAt(
        CupedArm control,
        CupedArm treatment,
        double? coefficient,
        double overallMean,
        double alpha,
        Alternative alternative,
        CovariateFacts facts,
        string method,
        EffectEstimate unadjusted)
    {
        long units = control.N + treatment.N;
        double? missing = units > 0 ? (double)facts.MissingUnits / units : null;
        (double? imbalance, double? imbalanceP) = Balance(
            new MeanArm(control.N, control.CovariateMean, control.CovariateVariance),
            new MeanArm(treatment.N, treatment.CovariateMean, treatment.CovariateVariance));
        AdjustedEstimate Refuse(string reason) => new(
            EffectEstimate.None(method, alpha, reason) with { Alternative = alternative },
            unadjusted,
            null,
            coefficient is { } known ? [known] : null,
            coefficient is { } same ? [same] : null,
            null,
            null,
            null,
            [imbalance],
            [imbalanceP],
            missing);
        if (!unadjusted.HasAnswer && unadjusted.ReasonCode != Reasons.ZeroVariance)
        {
            return Refuse(unadjusted.ReasonCode!);
        }

        if (ReasonAgainst(facts, units) is { } refusal)
        {
            return Refuse(refusal);
        }

        if (coefficient is not { } theta)
        {
            return Refuse(Reasons.CovariateConstant);
        }

        if (!double.IsFinite(theta))
        {
            return Refuse(Reasons.InvalidInput);
        }

        MeanArm c = new(
            control.N, control.Mean - (theta * (control.CovariateMean - overallMean)), control.AdjustedVariance(theta));
        MeanArm t = new(
            treatment.N,
            treatment.Mean - (theta * (treatment.CovariateMean - overallMean)),
            treatment.AdjustedVariance(theta));
        double variance = c.VarianceOfMean + t.VarianceOfMean;
        if (!(variance > 0))
        {
            return Refuse(Reasons.ZeroVariance);
        }

        double difference = treatment.Mean - control.Mean - (theta * (treatment.CovariateMean - control.CovariateMean));
        double controlVariance = control.Unadjusted.VarianceOfMean;
        EffectMoments moments = new(
            difference,
            variance,
            control.Mean,
            controlVariance,
            (theta * control.Covariance / control.N) - controlVariance,
            WelchTTest.DegreesOfFreedom(c, t));
        EffectEstimate effect = Estimates.Build(
            method,
            alpha,
            alternative,
            difference,
            variance,
            moments.DegreesOfFreedom,
            moments.ToRatio(),
            WelchTTest.EffectSize(difference, control.Unadjusted, treatment.Unadjusted));
        double before = controlVariance + treatment.Unadjusted.VarianceOfMean;
        return new AdjustedEstimate(
            effect,
            unadjusted,
            effect.HasAnswer ? moments : null,
            [theta],
            [theta],
            c.Mean,
            t.Mean,
            before > 0 ? 1 - (variance / before) : null,
            [imbalance],
            [imbalanceP],
            missing);
    }
}

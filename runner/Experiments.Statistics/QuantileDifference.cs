namespace Experiments.Statistics;

/// <summary>One arm of a quantile metric.</summary>
/// <param name="Observations">Observations, n; several of one unit are allowed.</param>
/// <param name="Quantile">The quantile of the observations.</param>
/// <param name="Lower">The observation at the lower rank of <see cref="Quantiles.BoundingRanks"/>.</param>
/// <param name="Upper">The observation at the upper rank.</param>
/// <param name="VarianceOfLevel">
/// The variance of the share of observations at or below the quantile (see <see cref="Quantiles.BoundingLevels"/>).
/// </param>
public readonly record struct QuantileArm(
    long Observations, double Quantile, double Lower, double Upper, double VarianceOfLevel)
{
    /// <summary>
    /// The standard error (U - L)/(2 z_{.025}): the width of the 95 % interval by order statistics as that of a normal
    /// one.
    /// </summary>
    public double StandardError =>
        (Upper - Lower) / (2 * Tails.NormalUpperQuantile(QuantileDifference.BoundsAlpha / 2));

    /// <summary>Independent observations that would give the same variance of the share: ν(1 - ν)/V.</summary>
    /// <param name="level">ν.</param>
    /// <returns>The number; infinite where the variance is 0.</returns>
    public double EffectiveObservations(double level) => level * (1 - level) / VarianceOfLevel;
}

/// <summary>
/// The difference of a quantile between arms, for observations that come in clusters (several page loads of one unit).
/// Null hypothesis: q_t = q_c. d = q_t - q_c; each arm's SE from the width of its interval by order statistics at the
/// ranks n(ν ∓ z_{.025} sqrt(V)); z = d/sqrt(SE_c² + SE_t²), normal reference; relative interval by Fieller.
/// </summary>
/// <remarks>
/// Deng, Knoblich, Lu 2018, section 4; David and Nagaraja 2003. No answer: <c>too_few_observations</c> where the
/// effective number of observations does not exceed z² max(ν/(1-ν), (1-ν)/ν), so that a bounding rank falls off the
/// sample; <c>atom_at_quantile</c> where both bounds are the same value, so that the density there is not defined.
/// </remarks>
public static class QuantileDifference
{
    /// <summary>The alpha of the bounding ranks, whatever alpha the test has.</summary>
    public const double BoundsAlpha = .05;

    /// <summary>Compares the treatment with the control.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="level">ν, inside (0, 1).</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>The effect, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static EffectEstimate Compute(
        QuantileArm control,
        QuantileArm treatment,
        double level,
        double alpha,
        Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        Tails.ThrowIfNotProbability(level);
        if ((ReasonAgainst(control, level) ?? ReasonAgainst(treatment, level)) is { } reason)
        {
            return EffectEstimate.None(Methods.QuantileZ, alpha, reason) with { Alternative = alternative };
        }

        double vc = control.StandardError * control.StandardError;
        double vt = treatment.StandardError * treatment.StandardError;
        return Estimates.Build(
            Methods.QuantileZ,
            alpha,
            alternative,
            treatment.Quantile - control.Quantile,
            vc + vt,
            null,
            new Estimates.Ratio(control.Quantile, vc, treatment.Quantile, vt),
            null);
    }

    private static string? ReasonAgainst(QuantileArm arm, double level)
    {
        if (arm.Observations < 1)
        {
            return Reasons.NoData;
        }

        if (!double.IsFinite(arm.Quantile) || !(arm.Lower <= arm.Quantile) || !(arm.Upper >= arm.Quantile)
            || !double.IsFinite(arm.Upper - arm.Lower) || !(arm.VarianceOfLevel >= 0))
        {
            return Reasons.InvalidInput;
        }

        double odds = level / (1 - level);
        double z = Tails.NormalUpperQuantile(BoundsAlpha / 2);
        return !(arm.EffectiveObservations(level) > z * z * Math.Max(odds, 1 / odds))
            ? Reasons.TooFewObservations
            : arm.Upper == arm.Lower ? Reasons.AtomAtQuantile : null;
    }
}

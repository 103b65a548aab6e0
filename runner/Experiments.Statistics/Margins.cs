using Experiments.Statistics.Decisions;

namespace Experiments.Statistics;

/// <summary>The outcome of a test against a margin; every number is null where there is no answer.</summary>
/// <param name="Statistic">T, large where the claim holds.</param>
/// <param name="DegreesOfFreedom">Degrees of freedom; null where the reference is normal.</param>
/// <param name="PValue">The one-sided p-value.</param>
/// <param name="Holds">Whether the p-value is below alpha: non-inferior, or superior by the margin.</param>
/// <param name="Margin">The margin on the metric's scale: nim |m_c| for a relative one.</param>
/// <param name="SuperiorPValue">The one-sided p-value of "not better", no margin.</param>
/// <param name="WorsePValue">The one-sided p-value of "not worse", no margin.</param>
/// <param name="IsSignificantlyBetter">Whether <paramref name="SuperiorPValue"/> is below alpha.</param>
/// <param name="IsSignificantlyWorse">
/// Whether <paramref name="WorsePValue"/> is below alpha; a metric can be non-inferior and significantly worse.
/// </param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record MarginResult(
    double? Statistic,
    double? DegreesOfFreedom,
    double? PValue,
    bool? Holds,
    double? Margin,
    double? SuperiorPValue,
    double? WorsePValue,
    bool? IsSignificantlyBetter,
    bool? IsSignificantlyWorse,
    string? ReasonCode);

/// <summary>The outcome of two one-sided tests; every number is null where there is no answer.</summary>
/// <param name="LowerPValue">The p-value of "below -margin".</param>
/// <param name="UpperPValue">The p-value of "above +margin".</param>
/// <param name="PValue">The larger one, the p-value of the procedure.</param>
/// <param name="Lower">Lower end of the 1 - 2 alpha interval; null for a relative margin.</param>
/// <param name="Upper">Its upper end; null for a relative margin.</param>
/// <param name="IsEquivalent">Whether the p-value is below alpha.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record EquivalenceResult(
    double? LowerPValue,
    double? UpperPValue,
    double? PValue,
    double? Lower,
    double? Upper,
    bool? IsEquivalent,
    string? ReasonCode);

/// <summary>
/// Tests against a margin by a linear contrast, s = +1 where increase is good and -1 where decrease is.
/// Non-inferiority: T = [s d + M]/SE, null hypothesis s d ≤ -M. Superiority by a margin: T = [s d - M]/SE, null
/// hypothesis s d ≤ M. A relative margin is M = nim |m_c|, and SE is that of the contrast s d ± nim |m_c|, which carries
/// the noise of m_c: for m_c &gt; 0 and s = +1, m_t - (1 - nim) m_c; for s = -1, (1 + nim) m_c - m_t. For a negative base
/// |m_c| = -m_c. One-sided at the stated alpha.
/// </summary>
/// <remarks>
/// Wellek 2010; Schuirmann 1987. The relative contrast is the test that Fieller's set inverts: non-inferior exactly
/// when the one-sided Fieller bound of s L is above -nim (at the same degrees of freedom). No answer:
/// <c>zero_variance</c>, and <c>control_zero</c> for a relative margin on a control of exactly 0.
/// </remarks>
public static class Margins
{
    /// <summary>Not worse than the control by the margin or more.</summary>
    /// <param name="input">The effect.</param>
    /// <param name="margin">The degradation allowed, at least 0: on the metric's scale, or a fraction.</param>
    /// <param name="isRelative">Whether the margin is a fraction of the control's mean.</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="alphaOneSided">One-sided alpha, inside (0, 1).</param>
    /// <returns>The test.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static MarginResult NonInferior(
        in EffectMoments input, double margin, bool isRelative, DesiredDirection direction, double alphaOneSided)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        return Compute(input, margin, isRelative, direction, alphaOneSided);
    }

    /// <summary>Better than the control by more than the margin.</summary>
    /// <param name="input">The effect.</param>
    /// <param name="margin">The improvement wanted, at least 0: on the metric's scale, or a fraction.</param>
    /// <param name="isRelative">Whether the margin is a fraction of the control's mean.</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="alphaOneSided">One-sided alpha, inside (0, 1).</param>
    /// <returns>The test.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static MarginResult Superior(
        in EffectMoments input, double margin, bool isRelative, DesiredDirection direction, double alphaOneSided)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        return Compute(input, -margin, isRelative, direction, alphaOneSided);
    }

    /// <summary>Within the margin of the control either way, by two one-sided tests at alpha each.</summary>
    /// <param name="input">The effect.</param>
    /// <param name="margin">The difference allowed, at least 0: on the metric's scale, or a fraction.</param>
    /// <param name="isRelative">Whether the margin is a fraction of the control's mean.</param>
    /// <param name="alpha">The alpha of each test, inside (0, .5).</param>
    /// <returns>The procedure.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static EquivalenceResult Equivalent(in EffectMoments input, double margin, bool isRelative, double alpha)
    {
        MarginResult lower = NonInferior(input, margin, isRelative, DesiredDirection.Increase, alpha);
        MarginResult upper = NonInferior(input, margin, isRelative, DesiredDirection.Decrease, alpha);
        if (lower.PValue is not { } low || upper.PValue is not { } high)
        {
            return new EquivalenceResult(
                null, null, null, null, null, null, lower.ReasonCode ?? upper.ReasonCode);
        }

        double half = Estimates.Critical(2 * alpha, input.DegreesOfFreedom, Alternative.TwoSided)
            * Math.Sqrt(input.Variance);
        return new EquivalenceResult(
            low,
            high,
            Math.Max(low, high),
            isRelative ? null : input.Difference - half,
            isRelative ? null : input.Difference + half,
            Math.Max(low, high) < alpha,
            null);
    }

    /// <summary>
    /// The z test of rates against a relative margin taken as fixed: z = [s d + nim p_c]/SE with the unpooled error of d
    /// alone. It ignores the noise of the margin, so that it rejects too rarely where increase is good and too often where
    /// decrease is; on request, to compare with tools that do so. The contrast is the default.
    /// </summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="relativeMargin">nim, at least 0.</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="alphaOneSided">One-sided alpha, inside (0, 1).</param>
    /// <returns>The test, its bound that of the absolute effect.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static NonInferiorityResult FixedRelativeMargin(
        BinomialArm control,
        BinomialArm treatment,
        double relativeMargin,
        DesiredDirection direction,
        double alphaOneSided)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(relativeMargin);
        control.ThrowIfImpossible(nameof(control));
        treatment.ThrowIfImpossible(nameof(treatment));
        if (control.N < 1 || treatment.N < 1)
        {
            return new NonInferiorityResult(null, null, null, null, null, null, null, Reasons.NoData);
        }

        EffectMoments input = EffectMoments.Of(control, treatment);
        MarginResult result = NonInferior(
            input, relativeMargin * control.Rate, false, direction, alphaOneSided);
        if (result.ReasonCode is not null)
        {
            return new NonInferiorityResult(null, null, null, null, null, null, null, result.ReasonCode);
        }

        double error = Math.Sqrt(input.Variance);
        double sign = NonInferiority.Sign(direction);
        return new NonInferiorityResult(
            result.Statistic,
            null,
            result.PValue,
            input.Difference - (sign * Tails.NormalUpperQuantile(alphaOneSided) * error),
            result.Holds,
            Tails.NormalTwoSided(input.Difference / error),
            result.IsSignificantlyWorse,
            null);
    }

    /// <summary>The test of s d + margin; the margin is negative for superiority.</summary>
    private static MarginResult Compute(
        in EffectMoments input, double margin, bool isRelative, DesiredDirection direction, double alphaOneSided)
    {
        Tails.ThrowIfNotProbability(alphaOneSided);
        double sign = NonInferiority.Sign(direction);
        if (!double.IsFinite(input.Difference) || !double.IsFinite(input.ControlMean) || !(input.Variance >= 0)
            || !double.IsFinite(input.Variance) || !double.IsFinite(input.Covariance))
        {
            return None(Reasons.InvalidInput);
        }

        if (isRelative && input.ControlMean == 0)
        {
            return None(Reasons.ControlZero);
        }

        if (input.Variance == 0)
        {
            return None(Reasons.ZeroVariance);
        }

        // The contrast is s d + share m_c.
        double share = isRelative ? margin * Math.Sign(input.ControlMean) : 0;
        double absolute = isRelative ? margin * Math.Abs(input.ControlMean) : margin;
        double variance = input.Variance + (2 * sign * share * input.Covariance) + (share * share * input.ControlVariance);
        if (!(variance > 0))
        {
            return None(Reasons.ZeroVariance);
        }

        double? degrees = input.DegreesOfFreedom;
        if (isRelative && input.ControlDegrees is { } controlDegrees && input.TreatmentDegrees is { } treatmentDegrees)
        {
            // s m_t - (s - share) m_c with independent arms.
            double factor = sign - share;
            degrees = WelchTTest.Satterthwaite(
                factor * factor * input.ControlVariance,
                controlDegrees,
                input.Variance - input.ControlVariance,
                treatmentDegrees);
        }

        double statistic = ((sign * input.Difference) + absolute) / Math.Sqrt(variance);
        double plain = sign * input.Difference / Math.Sqrt(input.Variance);
        if (!double.IsFinite(statistic) || !double.IsFinite(plain) || (degrees is { } df && !(df > 0)))
        {
            return None(Reasons.OutOfRange);
        }

        double pValue = Estimates.Survival(statistic, degrees);
        double superior = Estimates.Survival(plain, input.DegreesOfFreedom);
        double worse = Estimates.Survival(-plain, input.DegreesOfFreedom);
        return new MarginResult(
            statistic,
            degrees,
            pValue,
            pValue < alphaOneSided,
            Math.Abs(absolute),
            superior,
            worse,
            superior < alphaOneSided,
            worse < alphaOneSided,
            null);
    }

    private static MarginResult None(string reason) =>
        new(null, null, null, null, null, null, null, null, null, reason);
}

namespace Experiments.Statistics;

/// <summary>
/// Welch's t test of two ratios of sums. Null hypothesis: r_t = r_c. Difference r_t - r_c, variances by the delta
/// method over randomised units (<see cref="RatioArm.ToMeanArm"/>), otherwise as <see cref="WelchTTest"/>.
/// </summary>
public static class RatioTest
{
    /// <summary>Compares the treatment with the control.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>
    /// The effect; <c>zero_denominator</c> where a denominator sums to 0, else the reasons of
    /// <see cref="WelchTTest"/>.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static EffectEstimate Compute(
        RatioArm control, RatioArm treatment, double alpha, Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        return control.ToMeanArm() is { } c && treatment.ToMeanArm() is { } t
            ? WelchTTest.Compute(c, t, alpha, alternative) with { Method = Methods.RatioDeltaT }
            : EffectEstimate.None(Methods.RatioDeltaT, alpha, Reasons.ZeroDenominator) with { Alternative = alternative };
    }
}

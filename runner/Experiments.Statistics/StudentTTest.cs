namespace Experiments.Statistics;

/// <summary>
/// Student's t test of the difference of two means with one common variance, on request;
/// <see cref="WelchTTest"/> is the default. Null hypothesis: m_t = m_c, and the arms' variances are equal.
/// d = m_t - m_c; s_p² = ((n_c-1)s_c² + (n_t-1)s_t²)/(n_c+n_t-2); SE = s_p sqrt(1/n_c + 1/n_t); n_c+n_t-2 degrees of
/// freedom. The relative interval is Fieller's with the same pooled variance.
/// </summary>
/// <remarks>
/// Student 1908. With unequal sizes and variances its size is wrong (31.8 % at a nominal 5 % for a split of 1:99 and
/// deviations of 1:2), which is why it is not the default. Reasons as for <see cref="WelchTTest"/>, but for an arm of
/// one unit, which suffices here as long as the other one has two.
/// </remarks>
public static class StudentTTest
{
    /// <summary>Compares the treatment with the control.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>The effect, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static EffectEstimate Compute(
        MeanArm control, MeanArm treatment, double alpha, Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        EffectEstimate None(string reason) =>
            EffectEstimate.None(Methods.StudentT, alpha, reason) with { Alternative = alternative };
        string? reason = WelchTTest.ReasonAgainst(control, treatment);
        if (reason is not null && (reason != Reasons.TooFewUnits || (control.N < 2 && treatment.N < 2)))
        {
            return None(reason);
        }

        double variance = WelchTTest.PooledVariance(Known(control), Known(treatment));
        if (variance == 0)
        {
            return None(Reasons.ZeroVariance);
        }

        double difference = treatment.Mean - control.Mean;
        return Estimates.Build(
            Methods.StudentT,
            alpha,
            alternative,
            difference,
            (variance / control.N) + (variance / treatment.N),
            (double)control.N + treatment.N - 2,
            new Estimates.Ratio(control.Mean, variance / control.N, treatment.Mean, variance / treatment.N),
            difference / Math.Sqrt(variance));
    }

    // The variance of a single unit is not read.
    private static MeanArm Known(MeanArm arm) => arm.N < 2 ? arm with { Variance = 0 } : arm;
}

namespace Experiments.Statistics;

/// <summary>
/// Welch's t test of the difference of two means with unequal variances. Null hypothesis: m_t = m_c.
/// d = m_t - m_c; SE = sqrt(V_c + V_t) with V = s²/n; ν = (V_c+V_t)²/(V_c²/(n_c-1) + V_t²/(n_t-1)); t = d/SE;
/// p = 2 P(T_ν &gt; |t|); interval d ± t_{ν, α/2} SE; relative interval by Fieller at the same critical value, so that
/// it excludes a lift of 0 exactly when the test rejects.
/// </summary>
/// <remarks>
/// Reference: Welch 1947; Kohavi, Tang, Xu 2020, ch. 17. Assumes independent units and means that are about normal:
/// some 355 skew² units an arm (Kohavi 2014). No answer: an arm without units (<c>no_data</c>), with one
/// (<c>too_few_units</c>), or no variance in either arm (<c>zero_variance</c>). One constant arm is no obstacle.
/// </remarks>
public static class WelchTTest
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
        if (ReasonAgainst(control, treatment) is { } reason)
        {
            return EffectEstimate.None(Methods.WelchT, alpha, reason) with { Alternative = alternative };
        }

        double variance = control.VarianceOfMean + treatment.VarianceOfMean;
        if (variance == 0)
        {
            return EffectEstimate.None(Methods.WelchT, alpha, Reasons.ZeroVariance) with { Alternative = alternative };
        }

        double difference = treatment.Mean - control.Mean;
        return Estimates.Build(
            Methods.WelchT,
            alpha,
            alternative,
            difference,
            variance,
            DegreesOfFreedom(control, treatment),
            new Estimates.Ratio(control.Mean, control.VarianceOfMean, treatment.Mean, treatment.VarianceOfMean),
            EffectSize(difference, control, treatment));
    }

    internal static string? ReasonAgainst(MeanArm control, MeanArm treatment)
    {
        if (control.N < 1 || treatment.N < 1)
        {
            return Reasons.NoData;
        }

        if (control.N < 2 || treatment.N < 2)
        {
            return Reasons.TooFewUnits;
        }

        return IsUsable(control) && IsUsable(treatment) ? null : Reasons.InvalidInput;
    }

    /// <summary>Welch and Satterthwaite's ν, at scale 1: variances of any size neither over- nor underflow.</summary>
    internal static double DegreesOfFreedom(MeanArm control, MeanArm treatment) =>
        Satterthwaite(control.VarianceOfMean, control.N - 1, treatment.VarianceOfMean, treatment.N - 1);

    internal static double Satterthwaite(
        double controlVariance, double controlDf, double treatmentVariance, double treatmentDf)
    {
        double larger = Math.Max(controlVariance, treatmentVariance);
        double c = controlVariance / larger;
        double t = treatmentVariance / larger;
        return (c + t) * (c + t) / ((c * c / controlDf) + (t * t / treatmentDf));
    }

    /// <summary>Cohen's d; null where the pooled deviation is 0.</summary>
    internal static double? EffectSize(double difference, MeanArm control, MeanArm treatment)
    {
        double deviation = Math.Sqrt(PooledVariance(control, treatment));
        return deviation > 0 ? difference / deviation : null;
    }

    internal static double PooledVariance(MeanArm control, MeanArm treatment)
    {
        double c = control.N - 1;
        double t = treatment.N - 1;
        return (control.Variance * (c / (c + t))) + (treatment.Variance * (t / (c + t)));
    }

    private static bool IsUsable(MeanArm arm) =>
        double.IsFinite(arm.Mean) && double.IsFinite(arm.Variance) && arm.Variance >= 0;
}

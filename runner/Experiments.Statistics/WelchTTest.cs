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
    /// <param name="alpha">The two-sided alpha of the intervals, inside (0, 1).</param>
    /// <returns>The effect, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is not inside (0, 1).</exception>
    public static EffectEstimate Compute(MeanArm control, MeanArm treatment, double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        if (ReasonAgainst(control, treatment) is { } reason)
        {
            return EffectEstimate.None(Methods.WelchT, alpha, reason);
        }

        double difference = treatment.Mean - control.Mean;
        double variance = control.VarianceOfMean + treatment.VarianceOfMean;
        if (variance == 0)
        {
            return EffectEstimate.None(Methods.WelchT, alpha, Reasons.ZeroVariance);
        }

        double error = Math.Sqrt(variance);
        double degrees = DegreesOfFreedom(control, treatment);
        double statistic = difference / error;
        if (!double.IsFinite(error) || !double.IsFinite(statistic))
        {
            return EffectEstimate.None(Methods.WelchT, alpha, Reasons.OutOfRange);
        }

        double critical = Tails.StudentTUpperQuantile(alpha / 2, degrees);
        RelativeInterval relative = RelativeLift.Fieller(
            control.Mean, control.VarianceOfMean, treatment.Mean, treatment.VarianceOfMean, critical);
        double deviation = PooledDeviation(control, treatment);
        return new EffectEstimate
        {
            Method = Methods.WelchT,
            Alpha = alpha,
            UpliftAbsolute = difference,
            UpliftRelative = relative.Lift,
            StandardError = error,
            Statistic = statistic,
            DegreesOfFreedom = degrees,
            PValue = Tails.StudentTTwoSided(statistic, degrees),
            CiLower = difference - (critical * error),
            CiUpper = difference + (critical * error),
            CiRelativeLower = relative.Lower,
            CiRelativeUpper = relative.Upper,
            RelativeReason = relative.Reason,
            EffectSize = deviation > 0 ? difference / deviation : null,
            IntervalAgrees = true,
        }.OrOutOfRange();
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

    private static double PooledDeviation(MeanArm control, MeanArm treatment)
    {
        double c = control.N - 1;
        double t = treatment.N - 1;
        return Math.Sqrt((control.Variance * (c / (c + t))) + (treatment.Variance * (t / (c + t))));
    }

    private static bool IsUsable(MeanArm arm) =>
        double.IsFinite(arm.Mean) && double.IsFinite(arm.Variance) && arm.Variance >= 0;
}

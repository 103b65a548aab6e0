namespace Experiments.Statistics;

/// <summary>
/// What is known of an effect of any method that has a standard error, adjusted or not, together with the control's mean
/// that its lift is relative to. Tests of margins, relative lifts and sequential bounds take it.
/// </summary>
/// <param name="Difference">The effect, treatment - control.</param>
/// <param name="Variance">Its squared standard error.</param>
/// <param name="ControlMean">The control's mean or ratio, the base of a relative margin.</param>
/// <param name="ControlVariance">Its squared standard error.</param>
/// <param name="Covariance">
/// The covariance of the effect with the control's mean: -V_c for independent arms.
/// </param>
/// <param name="DegreesOfFreedom">
/// Degrees of freedom; null for the normal. For independent arms of means a relative margin takes Satterthwaite's own
/// from <paramref name="ControlDegrees"/> and <paramref name="TreatmentDegrees"/>.
/// </param>
/// <param name="ControlDegrees">n_c - 1, or null.</param>
/// <param name="TreatmentDegrees">n_t - 1, or null.</param>
public readonly record struct EffectMoments(
    double Difference,
    double Variance,
    double ControlMean,
    double ControlVariance,
    double Covariance,
    double? DegreesOfFreedom,
    double? ControlDegrees = null,
    double? TreatmentDegrees = null)
{
    /// <summary>The standard error of the effect.</summary>
    public double StandardError => Math.Sqrt(Variance);

    /// <summary>The covariance of the control's mean with control's mean plus effect, as Fieller's set needs it.</summary>
    internal Estimates.Ratio ToRatio() => new(
        ControlMean,
        ControlVariance,
        ControlMean + Difference,
        Math.Max(0, Variance + ControlVariance + (2 * Covariance)),
        ControlVariance + Covariance);

    /// <summary>Two arms of means.</summary>
    /// <param name="control">The control arm, at least two units.</param>
    /// <param name="treatment">The treatment arm, at least two units.</param>
    /// <returns>The input.</returns>
    public static EffectMoments Of(MeanArm control, MeanArm treatment) => new(
        treatment.Mean - control.Mean,
        control.VarianceOfMean + treatment.VarianceOfMean,
        control.Mean,
        control.VarianceOfMean,
        -control.VarianceOfMean,
        WelchTTest.DegreesOfFreedom(control, treatment),
        control.N - 1,
        treatment.N - 1);

    /// <summary>Two arms of rates, variances p(1 - p)/n, normal reference.</summary>
    /// <param name="control">The control arm, at least one unit.</param>
    /// <param name="treatment">The treatment arm, at least one unit.</param>
    /// <returns>The input.</returns>
    public static EffectMoments Of(BinomialArm control, BinomialArm treatment) => new(
        TwoProportionTest.Difference(control, treatment),
        control.VarianceOfRate + treatment.VarianceOfRate,
        control.Rate,
        control.VarianceOfRate,
        -control.VarianceOfRate,
        null);
}

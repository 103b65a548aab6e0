namespace Experiments.Statistics;

/// <summary>
/// The smallest true effect a two-sided test at alpha finds with the given power: (z_{α/2} + z_{1-power}) SE,
/// the far tail neglected (van Belle 2008; Kohavi, Tang, Xu 2020, ch. 17).
/// </summary>
public static class MinimumDetectableEffect
{
    /// <summary>The detectable effect in units of the metric.</summary>
    /// <param name="controlUnits">n_c.</param>
    /// <param name="treatmentUnits">n_t.</param>
    /// <param name="controlVariance">s_c², the variance of one unit.</param>
    /// <param name="treatmentVariance">s_t².</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="power">Power, inside (0, 1).</param>
    /// <returns>A positive effect; null where an arm is empty or no arm varies: the noise is unknown then.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Alpha or power is not inside (0, 1).</exception>
    public static double? Absolute(
        long controlUnits,
        long treatmentUnits,
        double controlVariance,
        double treatmentVariance,
        double alpha,
        double power = .8) =>
        controlUnits < 1 || treatmentUnits < 1
            ? null
            : Absolute(
                Math.Sqrt((controlVariance / controlUnits) + (treatmentVariance / treatmentUnits)), alpha, power);

    /// <summary>The detectable effect in units of the metric, from the standard error of the effect.</summary>
    /// <param name="standardError">The standard error of the absolute effect.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="power">Power, inside (0, 1).</param>
    /// <returns>A positive effect; null where the error is null, 0 or not finite.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Alpha or power is not inside (0, 1).</exception>
    public static double? Absolute(double? standardError, double alpha, double power = .8)
    {
        double factor = Factor(alpha, power);
        double? effect = factor * standardError;
        return effect > 0 && double.IsFinite(effect.Value) ? effect : null;
    }

    /// <summary>The detectable effect relative to the control's mean.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="power">Power, inside (0, 1).</param>
    /// <returns>A positive fraction; null as for the absolute effect, or where the control's mean is 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Alpha or power is not inside (0, 1).</exception>
    public static double? Relative(MeanArm control, MeanArm treatment, double alpha, double power = .8) =>
        Relative(
            Absolute(control.N, treatment.N, control.Variance, treatment.Variance, alpha, power), control.Mean);

    /// <summary>The detectable effect relative to the control's rate.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="power">Power, inside (0, 1).</param>
    /// <returns>
    /// A positive fraction; null where an arm is empty, the control has no success, or all units are alike. The error
    /// is the unpooled one.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">Alpha or power is not inside (0, 1).</exception>
    public static double? Relative(BinomialArm control, BinomialArm treatment, double alpha, double power = .8) =>
        control.N < 1 || treatment.N < 1
            ? null
            : Relative(
                Absolute(Math.Sqrt(control.VarianceOfRate + treatment.VarianceOfRate), alpha, power), control.Rate);

    /// <summary>z_{α/2} + z_{1-power}: the effect over its standard error at which the test has this power.</summary>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="power">Power, inside (0, 1).</param>
    /// <returns>The factor, 2.80 at alpha .05 and power .8.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Alpha or power is not inside (0, 1).</exception>
    public static double Factor(double alpha, double power)
    {
        Tails.ThrowIfNotProbability(alpha);
        Tails.ThrowIfNotProbability(power);
        return Tails.NormalUpperQuantile(alpha / 2) + Tails.NormalQuantile(power);
    }

    private static double? Relative(double? absolute, double mean)
    {
        double? relative = mean == 0 ? null : absolute / Math.Abs(mean);
        return relative > 0 && double.IsFinite(relative.Value) ? relative : null;
    }
}

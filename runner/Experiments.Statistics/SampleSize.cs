namespace Experiments.Statistics;

/// <summary>How many units a two-sided test needs (van Belle 2008; Kohavi, Tang, Xu 2020, ch. 17).</summary>
public static class SampleSize
{
    /// <summary>
    /// Units for a difference of two means: n_c = (z_{α/2} + z_{1-power})² (s_c² + s_t²/r)/δ², n_t = r n_c.
    /// </summary>
    /// <param name="controlVariance">s_c², the variance of one unit.</param>
    /// <param name="treatmentVariance">s_t².</param>
    /// <param name="difference">δ, the effect to find, of either sign and not 0.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="power">Power, inside (0, 1).</param>
    /// <param name="treatmentPerControl">r = n_t/n_c, positive.</param>
    /// <returns>Units an arm, not rounded.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static (double Control, double Treatment) ForMeans(
        double controlVariance,
        double treatmentVariance,
        double difference,
        double alpha,
        double power = .8,
        double treatmentPerControl = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(controlVariance);
        ArgumentOutOfRangeException.ThrowIfNegative(treatmentVariance);
        ArgumentOutOfRangeException.ThrowIfEqual(difference, 0);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(treatmentPerControl);
        double factor = MinimumDetectableEffect.Factor(alpha, power) / difference;
        double control = factor * factor * (controlVariance + (treatmentVariance / treatmentPerControl));
        return (control, treatmentPerControl * control);
    }

    /// <summary>
    /// Units an arm for two proportions, two equal arms, the null error pooled:
    /// n = (z_{α/2} sqrt(2 p̄(1-p̄)) + z_{1-power} sqrt(p_c(1-p_c) + p_t(1-p_t)))²/(p_t - p_c)² (R power.prop.test).
    /// </summary>
    /// <param name="controlRate">p_c, in [0, 1].</param>
    /// <param name="treatmentRate">p_t, in [0, 1], not p_c.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="power">Power, inside (0, 1).</param>
    /// <returns>Units an arm, not rounded.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double ForProportions(double controlRate, double treatmentRate, double alpha, double power = .8)
    {
        (double pooled, double unpooled) = Deviations(controlRate, treatmentRate);
        Tails.ThrowIfNotProbability(alpha);
        Tails.ThrowIfNotProbability(power);
        double root = (Tails.NormalUpperQuantile(alpha / 2) * pooled) + (Tails.NormalQuantile(power) * unpooled);
        return Math.Pow(root / (treatmentRate - controlRate), 2);
    }

    /// <summary>The power of two equal arms of proportions, the counterpart of <see cref="ForProportions"/>.</summary>
    /// <param name="controlRate">p_c, in [0, 1].</param>
    /// <param name="treatmentRate">p_t, in [0, 1], not p_c.</param>
    /// <param name="unitsPerArm">n of each arm, positive.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>P(the test rejects in the direction of the effect).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double PowerForProportions(
        double controlRate, double treatmentRate, double unitsPerArm, double alpha)
    {
        (double pooled, double unpooled) = Deviations(controlRate, treatmentRate);
        Tails.ThrowIfNotProbability(alpha);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(unitsPerArm);
        double shift = Math.Sqrt(unitsPerArm) * Math.Abs(treatmentRate - controlRate);
        return Tails.NormalCdf((shift - (Tails.NormalUpperQuantile(alpha / 2) * pooled)) / unpooled);
    }

    /// <summary>CUPED needs (1 - ρ²) of the units (Deng, Xu, Kohavi, Walker 2013).</summary>
    /// <param name="units">Units without the adjustment.</param>
    /// <param name="correlation">ρ of the metric and its covariate, in [-1, 1].</param>
    /// <returns>Units with it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The correlation is outside [-1, 1].</exception>
    public static double WithCovariate(double units, double correlation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs(correlation), 1, nameof(correlation));
        return units * (1 - correlation) * (1 + correlation);
    }

    /// <summary>
    /// The power each metric needs so that a decision over a success metric and guardrails has the stated one:
    /// 1 - (1 - power)/(guardrails + 1) (Schultzberg, Ankargren, Frånberg 2024, arXiv 2402.11609).
    /// </summary>
    /// <param name="power">The power of the decision, inside (0, 1).</param>
    /// <param name="guardrails">Guardrails that have to pass, at least 0.</param>
    /// <returns>The power of each test.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double CorrectedPower(double power, int guardrails)
    {
        Tails.ThrowIfNotProbability(power);
        ArgumentOutOfRangeException.ThrowIfNegative(guardrails);
        return 1 - ((1 - power) / (guardrails + 1));
    }

    /// <summary>
    /// Units still needed until the effect wanted is detectable: the detectable effect falls with the square root of
    /// the units, so that n (now/wanted)² - n are missing, every arm growing in proportion.
    /// </summary>
    /// <param name="units">Units now.</param>
    /// <param name="detectableNow">The effect detectable now (<see cref="MinimumDetectableEffect"/>), positive.</param>
    /// <param name="wanted">The effect that has to be detectable, on the same scale, positive.</param>
    /// <returns>Whole units, 0 where there are enough; <see cref="long.MaxValue"/> where no number fits.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static long Remaining(long units, double detectableNow, double wanted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(detectableNow);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(wanted);
        double ratio = detectableNow / wanted;
        double missing = Math.Ceiling(units * (ratio - 1) * (ratio + 1));
        return missing <= 0 ? 0 : missing < long.MaxValue ? (long)missing : long.MaxValue;
    }

    private static (double Pooled, double Unpooled) Deviations(double controlRate, double treatmentRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(controlRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(controlRate, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(treatmentRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(treatmentRate, 1);
        ArgumentOutOfRangeException.ThrowIfEqual(controlRate, treatmentRate);
        double sum = controlRate + treatmentRate;
        return (
            Math.Sqrt(sum * (1 - (sum / 2))),
            Math.Sqrt((controlRate * (1 - controlRate)) + (treatmentRate * (1 - treatmentRate))));
    }
}

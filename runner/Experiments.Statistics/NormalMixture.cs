namespace Experiments.Statistics;

/// <summary>
/// The mixture sequential probability ratio test of a normal effect d with variance V, mixed over N(0, τ²). Null
/// hypothesis: the effect is 0. Λ = sqrt(V/(V+τ²)) exp(τ²d²/(2V(V+τ²))), p = min(1, 1/Λ), half width
/// sqrt(2V(V+τ²)/τ² [ln(1/α) + ln((V+τ²)/V)/2]).
/// </summary>
/// <remarks>
/// Robbins 1970; Johari, Koomen, Pekelis, Walsh 2022 (arXiv 1512.04922); Howard and others 2021, equation 14. The same
/// as <see cref="AsymptoticConfidenceSequence"/> with τ² = ρ² n V. The mixture is two-sided already: ln(2/α) in it makes
/// the interval some 9 % too wide.
/// </remarks>
public static class NormalMixture
{
    /// <summary>One look.</summary>
    /// <param name="effect">d.</param>
    /// <param name="variance">V at the look.</param>
    /// <param name="mixingVariance">τ², fixed before the start, positive.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The look; <c>zero_variance</c> where V is 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static SequentialLook Compute(double effect, double variance, double mixingVariance, double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        if (!(mixingVariance > 0 && double.IsFinite(mixingVariance)))
        {
            throw new ArgumentOutOfRangeException(nameof(mixingVariance), mixingVariance, "A mixture has a variance.");
        }

        if (!double.IsFinite(effect) || !double.IsFinite(variance) || variance < 0)
        {
            return SequentialLook.None(Reasons.InvalidInput);
        }

        if (variance == 0)
        {
            return SequentialLook.None(Reasons.ZeroVariance);
        }

        double half = HalfWidth(variance, mixingVariance, alpha);
        double shrink = mixingVariance / (variance + mixingVariance);
        double error = Math.Sqrt(variance);
        double z = effect / error;
        double log = (.5 * z * z * shrink) - (.5 * LogRatio(variance, mixingVariance));
        return double.IsFinite(log)
            ? new SequentialLook(
                effect, error, null, half, effect - half, effect + half, log, Math.Min(1, Math.Exp(-log)), null)
            : SequentialLook.None(Reasons.OutOfRange);
    }

    /// <summary>Half the width of the interval.</summary>
    /// <param name="variance">V, positive.</param>
    /// <param name="mixingVariance">τ², positive.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The half width.</returns>
    public static double HalfWidth(double variance, double mixingVariance, double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        return Math.Sqrt(
            2 * variance * ((variance + mixingVariance) / mixingVariance)
            * (-Math.Log(alpha) + (.5 * LogRatio(variance, mixingVariance))));
    }

    /// <summary>
    /// The τ²/V at which the interval is narrowest: the root u of u = 2 ln(1/α) + ln(1 + u).
    /// </summary>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>u, 8.21 at alpha .05.</returns>
    public static double OptimalRatio(double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        double target = -2 * Math.Log(alpha);
        double u = target + Math.Log(1 + target);
        for (int i = 0; i < 100; i++)
        {
            double step = (u - target - Math.Log(1 + u)) * (1 + u) / u;
            u -= step;
            if (Math.Abs(step) <= 1e-15 * u)
            {
                break;
            }
        }

        return u;
    }

    private static double LogRatio(double variance, double mixingVariance) =>
        MathNet.Numerics.SpecialFunctions.Log1p(mixingVariance / variance);
}

namespace Experiments.Statistics;

/// <summary>An effect after the winner's curse is taken off.</summary>
/// <param name="Effect">The posterior mean.</param>
/// <param name="StandardDeviation">The posterior standard deviation.</param>
/// <param name="Shrinkage">What of the distance from the history's mean is left, from 0 to 1.</param>
public readonly record struct ShrunkEffect(double Effect, double StandardDeviation, double Shrinkage);

/// <summary>
/// The distribution N(μ, τ²) of true effects over all experiments of the past, never only the shipped ones, by
/// <see cref="MetaAnalysis"/>. Effects that were chosen because they were large are too large on average: their posterior
/// mean under it is not.
/// </summary>
/// <param name="Mean">μ.</param>
/// <param name="Variance">τ².</param>
/// <param name="Experiments">Experiments it was fitted to.</param>
/// <remarks>Lee and Shen 2018; Efron 2011. μ and τ² are taken as known.</remarks>
public sealed record EffectHistory(double Mean, double Variance, int Experiments)
{
    /// <summary>Fits the distribution.</summary>
    /// <param name="experiments">Effect and standard error of every experiment, on one scale.</param>
    /// <param name="estimator">How τ² is estimated.</param>
    /// <returns>The history; null below three experiments.</returns>
    public static EffectHistory? Fit(
        IEnumerable<(double? Effect, double? StandardError)> experiments,
        BetweenVariance estimator = BetweenVariance.PauleMandel)
    {
        ArgumentNullException.ThrowIfNull(experiments);
        (double Effect, double Weight)[] used = Heterogeneity.Usable(experiments);
        if (used.Length < 3)
        {
            return null;
        }

        double tau = MetaAnalysis.Tau(used, estimator);
        return new EffectHistory(MetaAnalysis.At(used, tau).Mean, tau, used.Length);
    }

    /// <summary>The posterior of one experiment's effect.</summary>
    /// <param name="effect">Its estimate.</param>
    /// <param name="standardError">Its standard error, positive.</param>
    /// <returns>The shrunk effect.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The error is not positive.</exception>
    public ShrunkEffect Shrink(double effect, double standardError)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(standardError);
        double share = Variance / (Variance + (standardError * standardError));
        return new ShrunkEffect(Mean + (share * (effect - Mean)), standardError * Math.Sqrt(share), share);
    }

    /// <summary>
    /// The sum of the true effects of shipped experiments: posterior means and variances add. Relative effects go in as
    /// logarithms of 1 + lift.
    /// </summary>
    /// <param name="shipped">Effect and standard error of each shipped experiment.</param>
    /// <param name="alpha">1 - the credible mass, inside (0, 1).</param>
    /// <returns>The cumulative impact, its interval, and the naive sum it replaces.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public (double Impact, double StandardDeviation, double Lower, double Upper, double NaiveSum) CumulativeImpact(
        IEnumerable<(double Effect, double StandardError)> shipped, double alpha)
    {
        ArgumentNullException.ThrowIfNull(shipped);
        Tails.ThrowIfNotProbability(alpha);
        double impact = 0;
        double variance = 0;
        double naive = 0;
        foreach ((double effect, double error) in shipped)
        {
            ShrunkEffect shrunk = Shrink(effect, error);
            impact += shrunk.Effect;
            variance += shrunk.StandardDeviation * shrunk.StandardDeviation;
            naive += effect;
        }

        double deviation = Math.Sqrt(variance);
        double half = Tails.NormalUpperQuantile(alpha / 2) * deviation;
        return (impact, deviation, impact - half, impact + half, naive);
    }

    /// <summary>
    /// How surprising an estimate is against the history: the two-sided p-value of (e - μ)/sqrt(τ² + SE²). A small one
    /// calls for a look at the data first (Twyman's law).
    /// </summary>
    /// <param name="effect">The estimate.</param>
    /// <param name="standardError">Its standard error, at least 0.</param>
    /// <returns>The p-value; null where there is no spread at all.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The error is negative.</exception>
    public double? Surprise(double effect, double standardError)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(standardError);
        double variance = Variance + (standardError * standardError);
        return variance > 0 ? Tails.NormalTwoSided((effect - Mean) / Math.Sqrt(variance)) : null;
    }
}

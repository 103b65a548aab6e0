namespace Experiments.Statistics;

/// <summary>How the variance between experiments is estimated.</summary>
public enum BetweenVariance
{
    /// <summary>Paule and Mandel 1982: the τ² at which the weighted squares are what they should be on average.</summary>
    PauleMandel,

    /// <summary>Restricted maximum likelihood.</summary>
    RestrictedLikelihood,
}

/// <summary>Effects of several experiments combined; every number is null where there is no answer.</summary>
/// <param name="Effect">The combined effect.</param>
/// <param name="StandardError">Its standard error.</param>
/// <param name="Lower">Lower end of its interval.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="PValue">The two-sided p-value of "no effect on average".</param>
/// <param name="BetweenVariance">τ², the variance of true effects between experiments; 0 for fixed effects.</param>
/// <param name="Experiments">Experiments used.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record CombinedEffect(
    double? Effect,
    double? StandardError,
    double? Lower,
    double? Upper,
    double? PValue,
    double? BetweenVariance,
    int Experiments,
    string? ReasonCode);

/// <summary>
/// Effects across experiments. Fixed: weights 1/v, normal. Random: weights 1/(v + τ²), and Hartung and Knapp's error
/// sqrt(Σw(e - ē)²/((k - 1)Σw)) with t_{k-1}, at least three experiments.
/// </summary>
/// <remarks>
/// Paule and Mandel 1982; Hartung and Knapp 2001; IntHout, Ioannidis, Borm 2014. Where Hartung and Knapp's error is below
/// the one without it, the effects being more alike than chance, it is used as it is. With few experiments of very
/// unequal errors its coverage is below nominal (91 % for eight with errors 1:8).
/// </remarks>
public static class MetaAnalysis
{
    /// <summary>The combination under one true effect.</summary>
    /// <param name="experiments">Effect and standard error of each.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The combination; <c>no_data</c> without an experiment.</returns>
    public static CombinedEffect Fixed(
        IEnumerable<(double? Effect, double? StandardError)> experiments, double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        ArgumentNullException.ThrowIfNull(experiments);
        (double Effect, double Weight)[] used = Heterogeneity.Usable(experiments);
        if (used.Length == 0)
        {
            return None(0, Reasons.NoData);
        }

        double total = used.Sum(static item => item.Weight);
        double effect = used.Sum(item => item.Effect * (item.Weight / total));
        double error = 1 / Math.Sqrt(total);
        double half = Tails.NormalUpperQuantile(alpha / 2) * error;
        return new CombinedEffect(
            effect, error, effect - half, effect + half, Tails.NormalTwoSided(effect / error), 0, used.Length, null);
    }

    /// <summary>The combination where true effects differ.</summary>
    /// <param name="experiments">Effect and standard error of each.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="estimator">How τ² is estimated.</param>
    /// <returns>The combination; <c>too_few_experiments</c> below three.</returns>
    public static CombinedEffect Random(
        IEnumerable<(double? Effect, double? StandardError)> experiments,
        double alpha,
        BetweenVariance estimator = Statistics.BetweenVariance.PauleMandel)
    {
        Tails.ThrowIfNotProbability(alpha);
        ArgumentNullException.ThrowIfNull(experiments);
        (double Effect, double Weight)[] used = Heterogeneity.Usable(experiments);
        if (used.Length < 3)
        {
            return None(used.Length, Reasons.TooFewExperiments);
        }

        double tau = Tau(used, estimator);
        (double effect, double total, double squares) = At(used, tau);
        double error = Math.Sqrt(squares / (used.Length - 1) / total);
        if (!(error > 0))
        {
            return None(used.Length, Reasons.ZeroVariance);
        }

        double degrees = used.Length - 1;
        double half = Tails.StudentTUpperQuantile(alpha / 2, degrees) * error;
        return new CombinedEffect(
            effect,
            error,
            effect - half,
            effect + half,
            Tails.StudentTTwoSided(effect / error, degrees),
            tau,
            used.Length,
            null);
    }

    internal static double Tau((double Effect, double Weight)[] used, BetweenVariance estimator)
    {
        // Both conditions fall with τ²: Q(τ²) - (k-1), and the restricted score.
        double Missing(double tau)
        {
            (double mean, double total, double squares) = At(used, tau);
            if (estimator == Statistics.BetweenVariance.PauleMandel)
            {
                return squares - (used.Length - 1);
            }

            double fit = 0;
            double sum = 0;
            double sumOfSquares = 0;
            foreach ((double effect, double weight) in used)
            {
                double w = 1 / ((1 / weight) + tau);
                fit += w * w * (effect - mean) * (effect - mean);
                sum += w;
                sumOfSquares += w * w;
            }

            return fit - sum + (sumOfSquares / total);
        }

        if (!(Missing(0) > 0))
        {
            return 0;
        }

        double high = used.Max(static item => 1 / item.Weight);
        while (Missing(high) > 0)
        {
            high *= 2;
        }

        double low = 0;
        for (int i = 0; i < 200 && high - low > 1e-15 * high; i++)
        {
            double middle = .5 * (low + high);
            (low, high) = Missing(middle) > 0 ? (middle, high) : (low, middle);
        }

        return .5 * (low + high);
    }

    internal static (double Mean, double Total, double Squares) At((double Effect, double Weight)[] used, double tau)
    {
        double total = 0;
        double sum = 0;
        foreach ((double effect, double weight) in used)
        {
            double w = 1 / ((1 / weight) + tau);
            total += w;
            sum += w * effect;
        }

        double mean = sum / total;
        double squares = 0;
        foreach ((double effect, double weight) in used)
        {
            squares += (effect - mean) * (effect - mean) / ((1 / weight) + tau);
        }

        return (mean, total, squares);
    }

    private static CombinedEffect None(int used, string reason) => new(null, null, null, null, null, null, used, reason);
}

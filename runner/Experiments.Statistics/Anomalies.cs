namespace Experiments.Statistics;

/// <summary>Robust scores of a series.</summary>
/// <param name="Median">The median.</param>
/// <param name="MedianAbsoluteDeviation">The median of the distances from it.</param>
/// <param name="Scores">.6745 (x - median)/MAD, a point; null without an answer.</param>
/// <param name="Flagged">The places, from 0, of the points whose score is beyond 3.5 either way.</param>
/// <param name="ReasonCode">
/// <c>too_few_days</c> below 7 points, <c>zero_variance</c> where half of the points are alike; or null.
/// </param>
public sealed record RobustScores(
    double? Median,
    double? MedianAbsoluteDeviation,
    IReadOnlyList<double>? Scores,
    IReadOnlyList<int> Flagged,
    string? ReasonCode);

/// <summary>A chart of daily rates whose limits allow for more than binomial variation.</summary>
/// <param name="Rate">p̄ over all days.</param>
/// <param name="BinomialScores">z, each day's distance from p̄ in binomial standard errors.</param>
/// <param name="Sigma">σ_z, the mean moving range of z over 1.128.</param>
/// <param name="Scores">z/σ_z; beyond 3 is a signal. Null without an answer.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record LaneyChart(
    double? Rate,
    IReadOnlyList<double>? BinomialScores,
    double? Sigma,
    IReadOnlyList<double>? Scores,
    string? ReasonCode);

/// <summary>Days that stick out of a series.</summary>
public static class Anomalies
{
    /// <summary>The score beyond which a point is flagged.</summary>
    public const double Threshold = 3.5;

    /// <summary>The fewest points for scores.</summary>
    public const int FewestPoints = 7;

    /// <summary>The robust scores of a series (Iglewicz and Hoaglin 1993).</summary>
    /// <param name="series">The points.</param>
    /// <returns>The scores.</returns>
    public static RobustScores RobustZ(IReadOnlyList<double> series)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Count < FewestPoints)
        {
            return new RobustScores(null, null, null, [], Reasons.TooFewDays);
        }

        double median = Quantiles.Continuous(series, .5)!.Value;
        double mad = Quantiles.Continuous(series.Select(x => Math.Abs(x - median)), .5)!.Value;
        if (!(mad > 0))
        {
            return new RobustScores(median, mad, null, [], Reasons.ZeroVariance);
        }

        double[] scores = [.. series.Select(x => .6745 * (x - median) / mad)];
        return new RobustScores(
            median,
            mad,
            scores,
            [.. Enumerable.Range(0, scores.Length).Where(i => Math.Abs(scores[i]) > Threshold)],
            null);
    }

    /// <summary>Laney's p' chart (2002) of daily rates.</summary>
    /// <param name="days">Units and successes of each day.</param>
    /// <returns>
    /// The chart; <c>too_few_days</c> below two days with units, <c>zero_variance</c> where no rate varies.
    /// </returns>
    public static LaneyChart Laney(IReadOnlyList<BinomialArm> days)
    {
        ArgumentNullException.ThrowIfNull(days);
        foreach (BinomialArm day in days)
        {
            day.ThrowIfImpossible(nameof(days));
        }

        BinomialArm[] used = [.. days.Where(static day => day.N > 0)];
        if (used.Length < 2)
        {
            return new LaneyChart(null, null, null, null, Reasons.TooFewDays);
        }

        double rate = used.Sum(static day => (double)day.X) / used.Sum(static day => (double)day.N);
        double[] z = [.. used.Select(day => (day.Rate - rate) / Math.Sqrt(rate * (1 - rate) / day.N))];
        double range = 0;
        for (int i = 1; i < z.Length; i++)
        {
            range += Math.Abs(z[i] - z[i - 1]) / (z.Length - 1);
        }

        double sigma = range / 1.128;
        return sigma > 0
            ? new LaneyChart(rate, z, sigma, [.. z.Select(value => value / sigma)], null)
            : new LaneyChart(rate, null, null, null, Reasons.ZeroVariance);
    }
}

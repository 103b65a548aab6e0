namespace Experiments.Statistics;

/// <summary>What the rank test needs of two arms: the sums over a grouping of both by value.</summary>
/// <param name="Control">Units of the control, n.</param>
/// <param name="Treatment">Units of the treatment, m.</param>
/// <param name="U">
/// Pairs in which the treatment's value is the larger one, ties counted as one half; between 0 and n m.
/// </param>
/// <param name="TieTerm">Σ(t³ - t) over the values, t the units of both arms with that value.</param>
public readonly record struct RankSums(long Control, long Treatment, double U, double TieTerm)
{
    /// <summary>The sums from the units of each arm at each value.</summary>
    /// <param name="counts">One entry a value, in any order, each value once.</param>
    /// <returns>The sums.</returns>
    /// <exception cref="ArgumentException">A value is there twice or NaN, or a count is negative.</exception>
    public static RankSums FromCounts(IEnumerable<(double Value, long Control, long Treatment)> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        (double Value, long Control, long Treatment)[] sorted = [.. counts.OrderBy(static entry => entry.Value)];
        long n = 0;
        long m = 0;
        double u = 0;
        double ties = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            (double value, long control, long treatment) = sorted[i];
            if (double.IsNaN(value) || control < 0 || treatment < 0 || (i > 0 && value == sorted[i - 1].Value))
            {
                throw new ArgumentException("Each value is there once, with counts of at least 0.", nameof(counts));
            }

            u += treatment * (n + (.5 * control));
            n += control;
            m += treatment;
            double tied = (double)control + treatment;
            ties += tied * (tied - 1) * (tied + 1);
        }

        return new RankSums(n, m, u, ties);
    }

    /// <summary>The sums from the values themselves.</summary>
    /// <param name="control">The control's values.</param>
    /// <param name="treatment">The treatment's values.</param>
    /// <returns>The sums.</returns>
    public static RankSums FromValues(IEnumerable<double> control, IEnumerable<double> treatment) =>
        FromCounts(control.Select(static value => (Value: value, Control: 1L, Treatment: 0L))
            .Concat(treatment.Select(static value => (Value: value, Control: 0L, Treatment: 1L)))
            .GroupBy(static entry => entry.Value)
            .Select(static group => (
                group.Key, group.Sum(static entry => entry.Control), group.Sum(static entry => entry.Treatment))));
}

/// <summary>The outcome of a rank test; every number is null where there is no answer.</summary>
/// <param name="ProbabilityOfSuperiority">P(T &gt; C) + P(T = C)/2 = U/(n m); .5 is "no effect".</param>
/// <param name="U">The treatment's U.</param>
/// <param name="Mean">Its mean under the null hypothesis, n m/2.</param>
/// <param name="StandardDeviation">Its standard deviation under the null hypothesis.</param>
/// <param name="Statistic">z.</param>
/// <param name="PValue">The p-value.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record RankEstimate(
    double? ProbabilityOfSuperiority,
    double? U,
    double? Mean,
    double? StandardDeviation,
    double? Statistic,
    double? PValue,
    string? ReasonCode);

/// <summary>
/// The Mann-Whitney (Wilcoxon rank sum) test with ties. Null hypothesis: both arms have the same distribution.
/// Var(U) = n m/12 [(N + 1) - Σ(t³ - t)/(N(N - 1))]; z = (U - n m/2)/sd, half a unit nearer to 0 with the continuity
/// correction; normal reference. U counts pairs the treatment wins, so that a positive z is in its favour.
/// </summary>
/// <remarks>
/// Mann and Whitney 1947; Lehmann 1975. It answers another question than the mean: which arm's unit is larger, not by
/// how much. No answer: an arm without units (<c>no_data</c>), or one value only (<c>zero_variance</c>). It has no
/// confidence sequence; group sequential looks may take its z.
/// </remarks>
public static class MannWhitney
{
    /// <summary>Compares the treatment with the control.</summary>
    /// <param name="sums">The rank sums.</param>
    /// <param name="alternative">The alternative.</param>
    /// <param name="continuity">Whether the statistic takes the continuity correction, as R does.</param>
    /// <returns>The test, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or U is outside [0, n m].</exception>
    public static RankEstimate Compute(
        RankSums sums, Alternative alternative = Alternative.TwoSided, bool continuity = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sums.Control);
        ArgumentOutOfRangeException.ThrowIfNegative(sums.Treatment);
        if (sums.Control == 0 || sums.Treatment == 0)
        {
            return None(Reasons.NoData);
        }

        double n = sums.Control;
        double m = sums.Treatment;
        double total = n + m;
        if (!(sums.U >= 0 && sums.U <= n * m) || !(sums.TieTerm >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(sums), sums.U, "U lies between 0 and the number of pairs.");
        }

        double variance = n / 12 * m * (total + 1 - (sums.TieTerm / total / (total - 1)));
        if (!(variance > 1e-12 * n * m))
        {
            return None(Reasons.ZeroVariance);
        }

        double deviation = Math.Sqrt(variance);
        double mean = n / 2 * m;
        double distance = sums.U - mean;
        double correction = (continuity, alternative) switch
        {
            (false, _) => 0,
            (true, Alternative.Greater) => .5,
            (true, Alternative.Less) => -.5,
            _ => Math.Sign(distance) * Math.Min(.5, Math.Abs(distance)),
        };
        double z = (distance - correction) / deviation;
        return new RankEstimate(
            sums.U / n / m, sums.U, mean, deviation, z, Estimates.PValue(z, null, alternative), null);
    }

    private static RankEstimate None(string reason) => new(null, null, null, null, null, null, reason);
}

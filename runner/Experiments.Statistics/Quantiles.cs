namespace Experiments.Statistics;

/// <summary>Percentiles of a sample and caps taken from them.</summary>
public static class Quantiles
{
    /// <summary>
    /// The continuous percentile: linear between the order statistics at 1 + (n - 1) q (type 7 of Hyndman and Fan 1996,
    /// R's default, T-SQL's PERCENTILE_CONT).
    /// </summary>
    /// <param name="values">The sample, in any order.</param>
    /// <param name="level">q, in [0, 1].</param>
    /// <returns>The percentile; null for an empty sample.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is outside [0, 1].</exception>
    public static double? Continuous(IEnumerable<double> values, double level)
    {
        double[] sorted = Sorted(values, level);
        if (sorted.Length == 0)
        {
            return null;
        }

        double place = (sorted.Length - 1) * level;
        int below = (int)Math.Floor(place);
        double share = place - below;
        return share == 0 ? sorted[below] : sorted[below] + (share * (sorted[below + 1] - sorted[below]));
    }

    /// <summary>
    /// The discrete percentile: the smallest value whose cumulative share is at least q (type 1 of Hyndman and Fan,
    /// T-SQL's PERCENTILE_DISC).
    /// </summary>
    /// <param name="values">The sample, in any order.</param>
    /// <param name="level">q, in [0, 1].</param>
    /// <returns>The percentile; null for an empty sample.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is outside [0, 1].</exception>
    public static double? Discrete(IEnumerable<double> values, double level)
    {
        double[] sorted = Sorted(values, level);

        // q n may be a whole number that rounding has lifted.
        int rank = (int)Math.Ceiling((sorted.Length * level) - 1e-9);
        return sorted.Length == 0 ? null : sorted[Math.Max(0, rank - 1)];
    }

    /// <summary>
    /// The cap of a winsorised metric: the continuous percentile over all arms together, units with zero included.
    /// </summary>
    /// <param name="values">The values of all units of all arms.</param>
    /// <param name="level">The percentile, in [0, 1].</param>
    /// <param name="nonZeroOnly">Whether units with zero are left out of the percentile.</param>
    /// <returns>
    /// The cap, or <c>no_data</c>, or <c>cap_degenerate</c> where the cap is 0 or below the smallest positive value, so
    /// that it would change every unit or all that count.
    /// </returns>
    /// <remarks>Kohavi, Tang, Xu 2020, ch. 19. The same cap serves every day, dimension and split of a run.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is outside [0, 1].</exception>
    public static (double? Cap, string? ReasonCode) Cap(
        IEnumerable<double> values, double level, bool nonZeroOnly = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        double[] all = [.. nonZeroOnly ? values.Where(static value => value != 0) : values];
        if (Continuous(all, level) is not { } cap)
        {
            return (null, Reasons.NoData);
        }

        double? smallest = null;
        foreach (double value in all)
        {
            smallest = value > 0 && !(value >= smallest) ? value : smallest;
        }

        return cap > 0 && !(cap < smallest) ? (cap, null) : (null, Reasons.CapDegenerate);
    }

    /// <summary>The levels ν ∓ z_{α/2} sqrt(V) whose order statistics bound the quantile.</summary>
    /// <param name="level">ν, inside (0, 1).</param>
    /// <param name="varianceOfLevel">
    /// V, the variance of the share of observations at or below the quantile: ν(1 - ν)/n, or under clustering
    /// <see cref="RatioArm"/>'s variance of (that count, observations) over units.
    /// </param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The levels; outside (0, 1) where there are too few observations.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static (double Lower, double Upper) BoundingLevels(double level, double varianceOfLevel, double alpha)
    {
        Tails.ThrowIfNotProbability(level);
        ArgumentOutOfRangeException.ThrowIfNegative(varianceOfLevel);
        double half = Tails.NormalUpperQuantile(alpha / 2) * Math.Sqrt(varianceOfLevel);
        return (level - half, level + half);
    }

    /// <summary>
    /// The ranks, from 1, of the order statistics that bound the quantile at 95 %: floor(n (ν - z σ)) and
    /// ceil(n (ν + z σ)), inside 1 … n. <see cref="QuantileDifference"/> takes the values there.
    /// </summary>
    /// <param name="level">ν, inside (0, 1).</param>
    /// <param name="varianceOfLevel">V, as for <see cref="BoundingLevels"/>.</param>
    /// <param name="observations">n, at least 1.</param>
    /// <returns>The ranks.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static (long Lower, long Upper) BoundingRanks(double level, double varianceOfLevel, long observations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(observations, 1);
        (double lower, double upper) = BoundingLevels(level, varianceOfLevel, QuantileDifference.BoundsAlpha);
        return (
            Math.Clamp((long)Math.Floor(observations * lower), 1, observations),
            Math.Clamp((long)Math.Ceiling(observations * upper), 1, observations));
    }

    private static double[] Sorted(IEnumerable<double> values, double level)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (!(level >= 0 && level <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, "A level lies in [0, 1].");
        }

        double[] sorted = [.. values];
        Array.Sort(sorted);
        return sorted;
    }
}

namespace Experiments.Statistics;

/// <summary>Counts of one period in which the planned weights did not change.</summary>
/// <param name="Observed">Units an arm, in the order of the arms.</param>
/// <param name="Weights">Planned weights an arm, at least 0, on any scale.</param>
public readonly record struct WeightEpoch(IReadOnlyList<long> Observed, IReadOnlyList<double> Weights);

/// <summary>One arm of a sample ratio check.</summary>
/// <param name="Observed">Units, those of periods in which the arm had no weight included.</param>
/// <param name="Expected">Units expected from the weights.</param>
/// <param name="Residual">
/// (O - E)/sqrt(V): about standard normal, it names the arm that is off; null where the arm never had a weight.
/// </param>
/// <param name="UnitsWithoutWeight">Units of periods in which the arm's weight was 0: an assignment error.</param>
public readonly record struct SampleRatioArm(long Observed, double Expected, double? Residual, long UnitsWithoutWeight);

/// <summary>The outcome of a sample ratio check.</summary>
/// <param name="ChiSquare">The statistic; null where there is no answer.</param>
/// <param name="DegreesOfFreedom">Arms that ever had a weight, less 1.</param>
/// <param name="PValue">P(χ² ≥ statistic).</param>
/// <param name="Arms">The arms, in the order given.</param>
/// <param name="ReasonCode">
/// <c>no_data</c> or <c>one_arm</c> where there is no answer; <c>zero_weight_arm_has_units</c> where units are in an
/// arm without a weight, beside the p-value of the other units; else null.
/// </param>
public sealed record SampleRatioResult(
    double? ChiSquare,
    int? DegreesOfFreedom,
    double? PValue,
    IReadOnlyList<SampleRatioArm> Arms,
    string? ReasonCode)
{
    /// <summary>Units in arms whose weight was 0 at the time.</summary>
    public long UnitsWithoutWeight => Arms.Sum(arm => arm.UnitsWithoutWeight);

    /// <summary>Whether the counts contradict the weights at <paramref name="alpha"/>.</summary>
    /// <param name="alpha">The level, .001 by convention.</param>
    /// <returns>True for a small p-value or units without a weight; null where there is no answer.</returns>
    public bool? IsMismatch(double alpha) => (UnitsWithoutWeight, PValue) switch
    {
        ( > 0, _) => true,
        (_, null) => null,
        (_, { } p) => p < alpha,
    };
}

/// <summary>
/// Sample ratio mismatch: do the counts of the arms fit the planned weights? Null hypothesis: each unit of epoch e fell
/// into arm k with probability w_ek. E_k = Σ n_e w_ek; V = Σ n_e (diag(w_e) - w_e w_e'); X² = (O - E)' V⁻ (O - E),
/// which for one epoch is Σ (O - E)²/E; degrees of freedom = arms that ever had a weight - 1; residual
/// (O_k - E_k)/sqrt(V_kk).
/// </summary>
/// <remarks>
/// Fabijan et al., KDD 2019; Kohavi, Tang, Xu 2020, ch. 21. Units in an arm whose weight was 0 are a failure of their
/// own: they are left out of the statistic, and an arm that never had a weight adds no degree of freedom (with one,
/// 5000/5050/30 against .5/.5/0 would give p = .845). Epochs that share no arm are independent parts; each takes a
/// degree of freedom.
/// </remarks>
public static class SampleRatioMismatch
{
    /// <summary>Checks counts against weights that did not change.</summary>
    /// <param name="observed">Units an arm.</param>
    /// <param name="weights">Planned weights an arm, at least 0, on any scale.</param>
    /// <returns>The check.</returns>
    /// <exception cref="ArgumentException">
    /// Lengths differ, or a count or a weight is negative or not finite.
    /// </exception>
    public static SampleRatioResult Compute(IReadOnlyList<long> observed, IReadOnlyList<double> weights) =>
        Compute([new WeightEpoch(observed, weights)]);

    /// <summary>Checks counts over periods with different weights.</summary>
    /// <param name="epochs">One entry a period, the same arms in the same order in each.</param>
    /// <returns>The check.</returns>
    /// <exception cref="ArgumentException">
    /// Lengths differ, or a count or a weight is negative or not finite.
    /// </exception>
    public static SampleRatioResult Compute(IReadOnlyList<WeightEpoch> epochs)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        int count = epochs.Count == 0 ? 0 : epochs[0].Observed.Count;
        long[] observed = new long[count];
        long[] strays = new long[count];
        double[] expected = new double[count];
        double[,] covariance = new double[count, count];
        int[] part = [.. Enumerable.Range(0, count)];
        bool[] hasWeight = new bool[count];
        double[] share = new double[count];
        foreach (WeightEpoch epoch in epochs)
        {
            double sum = Check(epoch, count);
            double units = 0;
            int first = -1;

            // A period without units compares no arms: joining them would leave the covariance singular.
            bool hasUnits = epoch.Observed.Where((n, k) => n > 0 && epoch.Weights[k] > 0).Any();
            for (int k = 0; k < count; k++)
            {
                observed[k] += epoch.Observed[k];
                share[k] = sum > 0 ? epoch.Weights[k] / sum : 0;
                if (share[k] == 0)
                {
                    strays[k] += epoch.Observed[k];
                    continue;
                }

                units += epoch.Observed[k];
                hasWeight[k] = true;
                first = first < 0 ? k : first;
                if (hasUnits)
                {
                    Join(part, part[first], part[k]);
                }
            }

            for (int k = 0; k < count; k++)
            {
                expected[k] += units * share[k];
                covariance[k, k] += units * share[k] * (1 - share[k]);
                for (int j = 0; j < k; j++)
                {
                    covariance[k, j] -= units * share[k] * share[j];
                    covariance[j, k] = covariance[k, j];
                }
            }
        }

        SampleRatioArm[] arms = new SampleRatioArm[count];
        double[] deviation = new double[count];
        for (int k = 0; k < count; k++)
        {
            deviation[k] = observed[k] - strays[k] - expected[k];
            double variance = covariance[k, k];
            arms[k] = new SampleRatioArm(
                observed[k], expected[k], variance > 0 ? deviation[k] / Math.Sqrt(variance) : null, strays[k]);
        }

        string? reason = strays.Any(static units => units > 0) ? Reasons.ZeroWeightArm : null;
        int weighted = hasWeight.Count(static has => has);
        if (weighted < 2)
        {
            return new SampleRatioResult(null, null, null, arms, reason ?? Reasons.OneArm);
        }

        if (!(expected.Sum() > 0))
        {
            return new SampleRatioResult(null, null, null, arms, reason ?? Reasons.NoData);
        }

        // One arm of each part is redundant; without it the covariance has full rank.
        List<int> kept = [];
        for (int k = 0; k < count; k++)
        {
            if (hasWeight[k] && Array.IndexOf(part, part[k]) != k && covariance[k, k] > 0)
            {
                kept.Add(k);
            }
        }

        if (kept.Count == 0)
        {
            return new SampleRatioResult(null, null, null, arms, reason ?? Reasons.OneArm);
        }

        double statistic = epochs.Count == 1
            ? PearsonStatistic(deviation, expected)
            : QuadraticForm(deviation, covariance, kept);
        return new SampleRatioResult(
            statistic, kept.Count, Tails.ChiSquareSurvival(statistic, kept.Count), arms, reason);
    }

    /// <summary>The p-values of checks by dimension value, corrected over the values by Holm.</summary>
    /// <param name="checks">One check a value.</param>
    /// <returns>Adjusted p-values in the same order; a check without one leaves the family.</returns>
    public static double?[] AdjustByDimension(IEnumerable<SampleRatioResult> checks)
    {
        ArgumentNullException.ThrowIfNull(checks);
        return MultipleComparisons.Holm([.. checks.Select(static check => check.PValue)]);
    }

    /// <summary>
    /// The exact two-sided binomial test of two arms, for counts too small for the chi-square: the probability of all
    /// splits at most as probable as the observed one.
    /// </summary>
    /// <param name="first">Units of the first arm.</param>
    /// <param name="second">Units of the second arm.</param>
    /// <param name="firstShare">The planned share of the first arm, inside (0, 1).</param>
    /// <returns>The p-value; 1 without units.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double ExactTwoArms(long first, long second, double firstShare)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(second);
        Tails.ThrowIfNotProbability(firstShare);
        long n = first + second;
        double odds = firstShare / (1 - firstShare);
        long mode = (long)Math.Min(n, Math.Floor((n + 1.0) * firstShare));

        // Probabilities relative to the mode's, outward until they vanish.
        double observed = 1;
        for (long k = mode; k < first && observed > 0; k++)
        {
            observed *= (double)(n - k) / (k + 1) * odds;
        }

        for (long k = mode; k > first && observed > 0; k--)
        {
            observed *= k / ((n - k + 1) * odds);
        }

        double bound = observed * (1 + 1e-7);
        double sum = 0;
        double rare = 0;
        double weight = 1;
        for (long k = mode; k <= n && weight > 0; k++)
        {
            sum += weight;
            rare += weight <= bound ? weight : 0;
            weight *= (double)(n - k) / (k + 1) * odds;
        }

        weight = 1;
        for (long k = mode; k > 0 && weight > 0; k--)
        {
            weight *= k / ((n - k + 1) * odds);
            sum += weight;
            rare += weight <= bound ? weight : 0;
        }

        return Math.Min(1, rare / sum);
    }

    internal static double Check(WeightEpoch epoch, int count)
    {
        if (epoch.Observed.Count != count || epoch.Weights.Count != count)
        {
            throw new ArgumentException("Each epoch needs a count and a weight for every arm.", nameof(epoch));
        }

        double sum = 0;
        for (int k = 0; k < count; k++)
        {
            if (epoch.Observed[k] < 0 || !(epoch.Weights[k] >= 0) || !double.IsFinite(epoch.Weights[k]))
            {
                throw new ArgumentException("Counts and weights are at least 0 and finite.", nameof(epoch));
            }

            sum += epoch.Weights[k];
        }

        return sum;
    }

    private static void Join(int[] part, int into, int from)
    {
        for (int k = 0; k < part.Length; k++)
        {
            part[k] = part[k] == from ? into : part[k];
        }
    }

    private static double PearsonStatistic(double[] deviation, double[] expected)
    {
        double sum = 0;
        for (int k = 0; k < deviation.Length; k++)
        {
            sum += expected[k] > 0 ? deviation[k] * (deviation[k] / expected[k]) : 0;
        }

        return sum;
    }

    /// <summary>r' V⁻¹ r over the kept arms, by Cholesky.</summary>
    private static double QuadraticForm(double[] deviation, double[,] covariance, List<int> kept)
    {
        int size = kept.Count;
        double[,] factor = new double[size, size];
        double[] solved = new double[size];
        double sum = 0;
        for (int i = 0; i < size; i++)
        {
            double rest = deviation[kept[i]];
            for (int j = 0; j <= i; j++)
            {
                double value = covariance[kept[i], kept[j]];
                for (int k = 0; k < j; k++)
                {
                    value -= factor[i, k] * factor[j, k];
                }

                factor[i, j] = i == j ? Math.Sqrt(value) : value / factor[j, j];
                rest -= i == j ? 0 : factor[i, j] * solved[j];
            }

            solved[i] = rest / factor[i, i];
            sum += solved[i] * solved[i];
        }

        return sum;
    }
}

namespace Experiments.Statistics;

/// <summary>
/// Adjusted p-values of a family of null hypotheses: each is the smallest level at which the procedure rejects that
/// hypothesis. A member without a p-value (null) leaves the family: it is not counted and stays null.
/// </summary>
public static class MultipleComparisons
{
    /// <summary>Bonferroni: m p, at most 1. Family-wise error under any dependence.</summary>
    /// <param name="pValues">The family.</param>
    /// <returns>Adjusted p-values in the same order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A p-value is outside [0, 1].</exception>
    public static double?[] Bonferroni(IReadOnlyList<double?> pValues) =>
        Adjust(pValues, static p =>
        {
            double m = p.Length;
            for (int i = 0; i < p.Length; i++)
            {
                p[i] *= m;
            }
        });

    /// <summary>
    /// Holm 1979, step down: max over j ≤ i of (m - j + 1) p_(j). Family-wise error under any dependence.
    /// </summary>
    /// <param name="pValues">The family.</param>
    /// <returns>Adjusted p-values in the same order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A p-value is outside [0, 1].</exception>
    public static double?[] Holm(IReadOnlyList<double?> pValues) =>
        Adjust(pValues, static p =>
        {
            double largest = 0;
            for (int i = 0; i < p.Length; i++)
            {
                largest = Math.Max(largest, (p.Length - i) * p[i]);
                p[i] = largest;
            }
        });

    /// <summary>
    /// Hochberg 1988, step up: min over j ≥ i of (m - j + 1) p_(j). Family-wise error for independent or positively
    /// dependent tests.
    /// </summary>
    /// <param name="pValues">The family.</param>
    /// <returns>Adjusted p-values in the same order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A p-value is outside [0, 1].</exception>
    public static double?[] Hochberg(IReadOnlyList<double?> pValues) =>
        Adjust(pValues, static p => StepUp(p, static (i, m) => m - i));

    /// <summary>
    /// Benjamini and Hochberg 1995: min over j ≥ i of m p_(j)/j. False discovery rate for independent or positively
    /// regression dependent tests.
    /// </summary>
    /// <param name="pValues">The family.</param>
    /// <returns>Adjusted p-values in the same order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A p-value is outside [0, 1].</exception>
    public static double?[] BenjaminiHochberg(IReadOnlyList<double?> pValues) =>
        Adjust(pValues, static p => StepUp(p, static (i, m) => (double)m / (i + 1)));

    /// <summary>
    /// Benjamini and Yekutieli 2001: Benjamini and Hochberg times Σ 1/j. False discovery rate under any dependence.
    /// </summary>
    /// <param name="pValues">The family.</param>
    /// <returns>Adjusted p-values in the same order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A p-value is outside [0, 1].</exception>
    public static double?[] BenjaminiYekutieli(IReadOnlyList<double?> pValues) =>
        Adjust(pValues, static p =>
        {
            double harmonic = 0;
            for (int j = p.Length; j >= 1; j--)
            {
                harmonic += 1.0 / j;
            }

            StepUp(p, (i, m) => harmonic * m / (i + 1));
        });

    /// <summary>
    /// Hommel 1988: the closed procedure over Simes' tests, more powerful than Hochberg's under the same conditions.
    /// The algorithm is Wright's (1992).
    /// </summary>
    /// <param name="pValues">The family.</param>
    /// <returns>Adjusted p-values in the same order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A p-value is outside [0, 1].</exception>
    public static double?[] Hommel(IReadOnlyList<double?> pValues) => Adjust(pValues, AdjustByHommel);

    private static void AdjustByHommel(double[] p)
    {
        int n = p.Length;
        double[] adjusted = new double[n];
        double[] candidate = new double[n];
        double simes = double.PositiveInfinity;
        for (int i = 0; i < n; i++)
        {
            simes = Math.Min(simes, n * p[i] / (i + 1));
        }

        Array.Fill(adjusted, simes);
        for (int m = n - 1; m >= 2; m--)
        {
            double least = double.PositiveInfinity;
            for (int j = 2; j <= m; j++)
            {
                least = Math.Min(least, m * p[n - m + j - 1] / j);
            }

            for (int i = 0; i <= n - m; i++)
            {
                candidate[i] = Math.Min(m * p[i], least);
            }

            for (int i = n - m + 1; i < n; i++)
            {
                candidate[i] = candidate[n - m];
            }

            for (int i = 0; i < n; i++)
            {
                adjusted[i] = Math.Max(adjusted[i], candidate[i]);
            }
        }

        for (int i = 0; i < n; i++)
        {
            p[i] = Math.Max(adjusted[i], p[i]);
        }
    }

    private static void StepUp(double[] p, Func<int, int, double> factor)
    {
        double least = 1;
        for (int i = p.Length - 1; i >= 0; i--)
        {
            least = Math.Min(least, factor(i, p.Length) * p[i]);
            p[i] = least;
        }
    }

    /// <summary>Runs a rule over the members that have a p-value, in ascending order.</summary>
    private static double?[] Adjust(IReadOnlyList<double?> pValues, Action<double[]> rule)
    {
        ArgumentNullException.ThrowIfNull(pValues);
        double?[] result = new double?[pValues.Count];
        List<int> members = [];
        List<double> values = [];
        for (int i = 0; i < pValues.Count; i++)
        {
            if (pValues[i] is not { } p)
            {
                continue;
            }

            if (!(p >= 0 && p <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(pValues), p, "A p-value lies in [0, 1].");
            }

            members.Add(i);
            values.Add(p);
        }

        double[] sorted = [.. values];
        int[] order = [.. members];
        Array.Sort(sorted, order);
        rule(sorted);
        for (int i = 0; i < order.Length; i++)
        {
            result[order[i]] = Math.Min(1, sorted[i]);
        }

        return result;
    }
}

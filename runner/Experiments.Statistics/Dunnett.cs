using MathNet.Numerics;
using MathNet.Numerics.Integration;
using MathNet.Numerics.RootFinding;

namespace Experiments.Statistics;

/// <summary>
/// Dunnett's single-step comparison of several treatments with one control. Null hypotheses: each treatment's effect is
/// 0. The statistics share the control: their correlations are l_i l_j, l_i = sqrt(V_c/(V_c + V_i)), so that
/// P(max |Z_i| ≥ c) = ∫ φ(u) [1 - Π P(|l_i u + sqrt(1 - l_i²) e| &lt; c)] du. Adjusted p-values and simultaneous
/// intervals d_i ± c SE_i agree.
/// </summary>
/// <remarks>
/// Dunnett 1955. Normal reference, for arms of some hundreds of units. All arms take the same θ and the same cap.
/// </remarks>
public static class Dunnett
{
    /// <summary>P(the largest statistic reaches a bound) under the null hypotheses.</summary>
    /// <param name="controlVariance">V_c, the squared standard error of the control's mean, at least 0.</param>
    /// <param name="treatmentVariances">V_i of each treatment, at least 0, none 0 together with V_c.</param>
    /// <param name="bound">c, at least 0 where two-sided.</param>
    /// <param name="alternative">Two-sided, or of one side (both sides are alike).</param>
    /// <returns>The probability.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A variance is out of its range.</exception>
    public static double FamilyTail(
        double controlVariance,
        IReadOnlyList<double> treatmentVariances,
        double bound,
        Alternative alternative = Alternative.TwoSided)
    {
        ArgumentNullException.ThrowIfNull(treatmentVariances);
        if (!(controlVariance >= 0 && double.IsFinite(controlVariance)))
        {
            throw new ArgumentOutOfRangeException(nameof(controlVariance), controlVariance, "A variance is at least 0.");
        }

        int count = treatmentVariances.Count;
        double[] loading = new double[count];
        double[] rest = new double[count];
        for (int i = 0; i < count; i++)
        {
            double total = controlVariance + treatmentVariances[i];
            if (!(treatmentVariances[i] >= 0) || !(total > 0) || !double.IsFinite(total))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(treatmentVariances), treatmentVariances[i], "A variance is at least 0, and not all are 0.");
            }

            loading[i] = Math.Sqrt(controlVariance / total);
            rest[i] = Math.Sqrt(treatmentVariances[i] / total);
        }

        bool isTwoSided = alternative == Alternative.TwoSided;
        double Tail(int i, double u) => rest[i] == 0
            ? (loading[i] * u >= bound || (isTwoSided && loading[i] * u <= -bound) ? 1 : 0)
            : Tails.NormalSurvival((bound - (loading[i] * u)) / rest[i])
                + (isTwoSided ? Tails.NormalCdf((-bound - (loading[i] * u)) / rest[i]) : 0);
        double Integrand(double u)
        {
            double log = 0;
            for (int i = 0; i < count; i++)
            {
                log += SpecialFunctions.Log1p(-Math.Min(1, Tail(i, u)));
            }

            double some = log > -1e-5 ? -log * (1 + (log / 2)) : 1 - Math.Exp(log);
            return some * Math.Exp(-.5 * u * u) / Constants.Sqrt2Pi;
        }

        // Panels of one deviation, finer where a conditional tail rises; beyond the reach the density is e^-40 of it.
        SortedSet<double> borders = [];
        double reach = Math.Min(39, Math.Ceiling(Math.Abs(bound)) + 9);
        for (double u = -reach; u <= reach; u++)
        {
            borders.Add(u);
        }

        for (int i = 0; i < count; i++)
        {
            for (int k = -8; k <= 8 && loading[i] > 0; k += 2)
            {
                double place = (bound + (k * rest[i])) / loading[i];
                if (Math.Abs(place) < reach)
                {
                    borders.Add(place);
                    borders.Add(-place);
                }
            }
        }

        double sum = 0;
        double last = double.NaN;
        foreach (double border in borders)
        {
            if (border > last)
            {
                sum += GaussLegendreRule.Integrate(Integrand, last, border, 16);
            }

            last = border;
        }

        return Math.Min(1, sum);
    }

    /// <summary>Adjusted p-values.</summary>
    /// <param name="controlVariance">V_c.</param>
    /// <param name="treatmentVariances">V_i of each treatment.</param>
    /// <param name="statistics">Z_i = d_i/sqrt(V_c + V_i); null leaves the family.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>Adjusted p-values in the same order.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double?[] Adjust(
        double controlVariance,
        IReadOnlyList<double> treatmentVariances,
        IReadOnlyList<double?> statistics,
        Alternative alternative = Alternative.TwoSided)
    {
        ArgumentNullException.ThrowIfNull(treatmentVariances);
        ArgumentNullException.ThrowIfNull(statistics);
        if (treatmentVariances.Count != statistics.Count)
        {
            throw new ArgumentException("One variance a statistic is needed.", nameof(statistics));
        }

        double[] family = [.. treatmentVariances.Where((_, i) => statistics[i] is not null)];
        return [.. statistics.Select(z => z is { } value
            ? FamilyTail(
                controlVariance,
                family,
                alternative switch
                {
                    Alternative.TwoSided => Math.Abs(value),
                    Alternative.Greater => value,
                    _ => -value,
                },
                alternative)
            : (double?)null)];
    }

    /// <summary>The critical value of the simultaneous intervals.</summary>
    /// <param name="controlVariance">V_c.</param>
    /// <param name="treatmentVariances">V_i of each treatment, at least one.</param>
    /// <param name="alpha">Alpha, inside (0, 1).</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>c: 2.21 for two treatments, equal arms, alpha .05 two-sided.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double Critical(
        double controlVariance,
        IReadOnlyList<double> treatmentVariances,
        double alpha,
        Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        ArgumentNullException.ThrowIfNull(treatmentVariances);
        ArgumentOutOfRangeException.ThrowIfZero(treatmentVariances.Count, nameof(treatmentVariances));

        // Between one comparison and Bonferroni over all of them.
        double tail = alternative == Alternative.TwoSided ? alpha / 2 : alpha;
        double single = Tails.NormalUpperQuantile(tail);
        return treatmentVariances.Count == 1
            ? single
            : Brent.FindRoot(
                c => Math.Log(FamilyTail(controlVariance, treatmentVariances, c, alternative) / alpha),
                single - 1e-6,
                Tails.NormalUpperQuantile(tail / treatmentVariances.Count) + 1e-6,
                1e-12,
                100);
    }
}

using Experiments.Statistics;
using MathNet.Numerics;

namespace Experiments.Simulations;

/// <summary>
/// Error rates and powers computed without the tests that are studied: expansions, exact enumeration, integrals.
/// </summary>
internal static class Expected
{
    internal static readonly double Z = Tails.NormalUpperQuantile(.025);

    /// <summary>
    /// P(T &gt; c) for the studentised estimate, its shift δ in standard errors and the skewness A of the estimate, by the
    /// first term of Edgeworth's expansion (Hall 1992): with u = c - δ,
    /// P = P0(u) - φ(u) A [u c/2 - (u² - 1)/6], P0 the noncentral t tail. At δ = 0 it is the known
    /// α - A (2c² + 1) φ(c)/6.
    /// </summary>
    internal static double Upper(double critical, double degrees, double shift, double skewness)
    {
        double u = critical - shift;
        double density = Math.Exp(-.5 * u * u) / Math.Sqrt(2 * Math.PI);
        return Tails.NoncentralTSurvival(critical, degrees, shift)
            - (density * skewness * ((.5 * u * critical) - (((u * u) - 1) / 6)));
    }

    /// <summary>P(T &lt; -c), the mirror of <see cref="Upper"/>.</summary>
    internal static double Lower(double critical, double degrees, double shift, double skewness) =>
        Upper(critical, degrees, -shift, -skewness);

    /// <summary>Binomial probabilities around the mean, ten deviations and more.</summary>
    internal static (long First, double[] Mass) Binomial(long n, double p)
    {
        double spread = (10 * Math.Sqrt(n * p * (1 - p))) + 30;
        long first = Math.Max(0, (long)((n * p) - spread));
        long last = Math.Min(n, (long)((n * p) + spread));
        double[] mass = new double[last - first + 1];
        for (long k = first; k <= last; k++)
        {
            mass[k - first] = Math.Exp(
                SpecialFunctions.GammaLn(n + 1) - SpecialFunctions.GammaLn(k + 1) - SpecialFunctions.GammaLn(n - k + 1)
                + (k * Math.Log(p)) + ((n - k) * SpecialFunctions.Log1p(-p)));
        }

        double total = mass.Sum();
        return (first, [.. mass.Select(m => m / total)]);
    }

    /// <summary>
    /// P(statistic &lt; -z) and P(statistic &gt; z) over all tables of two binomials, for a statistic that grows with the
    /// treatment's successes.
    /// </summary>
    internal static (double Below, double Above) Enumerate(
        long nc, double pc, long nt, double pt, Func<long, long, int> side)
    {
        (long c0, double[] cMass) = Binomial(nc, pc);
        (long t0, double[] tMass) = Binomial(nt, pt);
        double[] below = new double[tMass.Length + 1];
        for (int j = 0; j < tMass.Length; j++)
        {
            below[j + 1] = below[j] + tMass[j];
        }

        double low = 0;
        double high = 0;
        for (int i = 0; i < cMass.Length; i++)
        {
            // The first table that is not rejected downwards, and the first that is rejected upwards.
            int from = First(tMass.Length, j => side(c0 + i, t0 + j) >= 0);
            int to = First(tMass.Length, j => side(c0 + i, t0 + j) > 0);
            low += cMass[i] * below[from];
            high += cMass[i] * (1 - below[to]);
        }

        return (low, high);

        static int First(int count, Func<int, bool> holds)
        {
            (int low, int high) = (0, count);
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = holds(middle) ? (low, middle) : (middle + 1, high);
            }

            return low;
        }
    }

    /// <summary>The side on which the pooled z test rejects, 0 for none.</summary>
    internal static int PooledZ(long nc, long xc, long nt, long xt, double critical)
    {
        double p = (double)(xc + xt) / (nc + nt);
        double variance = p * (1 - p) * ((1.0 / nc) + (1.0 / nt));
        double d = ((double)xt / nt) - ((double)xc / nc);
        return variance > 0 && Math.Abs(d) > critical * Math.Sqrt(variance) ? Math.Sign(d) : 0;
    }

    /// <summary>The side on which p_t - p_c = d is rejected by the score test, its estimates found by search.</summary>
    internal static int ScoreDifference(long nc, long xc, long nt, long xt, double d, double critical) =>
        Score(nc, xc, nt, xt, critical, pc => pc + d, Math.Max(0, -d), Math.Min(1, 1 - d), 1);

    /// <summary>The side on which p_t = r p_c is rejected by the score test.</summary>
    internal static int ScoreRatio(long nc, long xc, long nt, long xt, double r, double critical) =>
        Score(nc, xc, nt, xt, critical, pc => r * pc, 0, Math.Min(1, 1 / r), r);

    private static int Score(
        long nc, long xc, long nt, long xt, double critical, Func<double, double> other, double low, double high, double slope)
    {
        double Log(long x, double p) => x == 0 ? 0 : x * Math.Log(p);
        double Likelihood(double pc) =>
            Log(xc, pc) + Log(nc - xc, 1 - pc) + Log(xt, other(pc)) + Log(nt - xt, 1 - other(pc));
        const double golden = .6180339887498949;
        for (int i = 0; i < 90; i++)
        {
            double a = high - (golden * (high - low));
            double b = low + (golden * (high - low));
            (low, high) = Likelihood(a) > Likelihood(b) ? (low, b) : (a, high);
        }

        double p = .5 * (low + high);
        double pt = other(p);

        // The contrast p_t - slope p_c - (what the null says): its variance at the constrained estimates.
        double distance = ((double)xt / nt) - (slope * xc / nc) - (pt - (slope * p));
        double variance = (pt * (1 - pt) / nt) + (slope * slope * p * (1 - p) / nc);
        return Math.Abs(distance) > critical * Math.Sqrt(Math.Max(0, variance)) ? Math.Sign(distance) : 0;
    }
}

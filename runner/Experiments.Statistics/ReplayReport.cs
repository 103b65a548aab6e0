using MathNet.Numerics;
using MathNet.Numerics.RootFinding;

namespace Experiments.Statistics;

/// <summary>How often a test rejected where nothing was to be found.</summary>
/// <param name="Level">The level.</param>
/// <param name="Rejections">p-values below it.</param>
/// <param name="Rate">Their share.</param>
/// <param name="Lower">Lower end of Clopper and Pearson's 95 % interval of the rate.</param>
/// <param name="Upper">Upper end.</param>
public readonly record struct FalsePositiveRate(double Level, int Rejections, double Rate, double Lower, double Upper);

/// <summary>The outcome of an A/A replay.</summary>
/// <param name="Splits">Splits with an answer.</param>
/// <param name="WithoutAnswer">Splits without one.</param>
/// <param name="Rates">False positives at each level.</param>
/// <param name="LowerTail">Rejections at .05 with a negative effect, against .025.</param>
/// <param name="UpperTail">Rejections at .05 with a positive effect, against .025.</param>
/// <param name="KolmogorovSmirnov">D, the largest distance of the p-values' distribution from the uniform one.</param>
/// <param name="KolmogorovSmirnovPValue">Its p-value; small where p-values are not uniform.</param>
/// <param name="LatticeStep">The distance of neighbouring values of the statistic in standard errors; 0: none.</param>
public sealed record ReplayReport(
    int Splits,
    int WithoutAnswer,
    IReadOnlyList<FalsePositiveRate> Rates,
    FalsePositiveRate? LowerTail,
    FalsePositiveRate? UpperTail,
    double? KolmogorovSmirnov,
    double? KolmogorovSmirnovPValue,
    double LatticeStep = 0)
{
    /// <summary>Reports on splits of units among which there is no effect.</summary>
    /// <param name="splits">The estimate of each split, two-sided.</param>
    /// <param name="latticeStep">
    /// h, the distance of neighbouring values of a discrete statistic in its standard errors, at least 0. The p-value of
    /// the value z is then 2(1 - Φ(z)), what lies at or beyond it has about 2(1 - Φ(z - h/2)): the two differ by at most
    /// φ(0) h, which D is forgiven, and near a level's z by φ(z) h (see <see cref="Allowance"/>).
    /// </param>
    /// <returns>The report, at the levels .05 and .01.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative or no number.</exception>
    public static ReplayReport Of(IReadOnlyList<EffectEstimate> splits, double latticeStep = 0)
    {
        ArgumentNullException.ThrowIfNull(splits);
        if (!(latticeStep >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(latticeStep), latticeStep, "A step is not negative.");
        }

        EffectEstimate[] answered = [.. splits.Where(static split => split.PValue is not null)];
        if (answered.Length == 0)
        {
            return new ReplayReport(0, splits.Count, [], null, null, null, null, latticeStep);
        }

        double[] p = [.. answered.Select(static split => split.PValue!.Value).Order()];
        double distance = 0;
        for (int i = 0; i < p.Length; i++)
        {
            distance = Math.Max(distance, Math.Max(p[i] - ((double)i / p.Length), ((i + 1.0) / p.Length) - p[i]));
        }

        FalsePositiveRate At(double level, Func<EffectEstimate, bool> counts)
        {
            int hits = answered.Count(counts);
            (double lower, double upper) = ClopperPearson(hits, answered.Length, .05);
            return new FalsePositiveRate(level, hits, (double)hits / answered.Length, lower, upper);
        }

        return new ReplayReport(
            answered.Length,
            splits.Count - answered.Length,
            [At(.05, static split => split.PValue < .05), At(.01, static split => split.PValue < .01)],
            At(.025, static split => split.PValue < .05 && split.UpliftAbsolute < 0),
            At(.025, static split => split.PValue < .05 && split.UpliftAbsolute > 0),
            distance,
            KolmogorovTail(Math.Max(0, distance - (latticeStep / Math.Sqrt(2 * Math.PI))), p.Length),
            latticeStep);
    }

    /// <summary>
    /// What the share of p-values below a two-sided level may differ from it because the statistic is discrete.
    /// </summary>
    /// <param name="level">The level, inside (0, 1).</param>
    /// <returns>φ(z) h, z the two-sided normal quantile of the level; half of it in each tail.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The level is out of its range.</exception>
    public double Allowance(double level)
    {
        Tails.ThrowIfNotProbability(level);
        double z = Tails.NormalUpperQuantile(level / 2);
        return LatticeStep * Math.Exp(-.5 * z * z) / Math.Sqrt(2 * Math.PI);
    }

    /// <summary>Clopper and Pearson's exact interval of a rate (1934).</summary>
    /// <param name="successes">x.</param>
    /// <param name="trials">n, at least 1.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The interval.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static (double Lower, double Upper) ClopperPearson(int successes, int trials, double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, Math.Max(1, successes));
        double Quantile(double a, double b, double level) =>
            Brent.FindRoot(x => SpecialFunctions.BetaRegularized(a, b, x) - level, 0, 1, 1e-14, 300);
        return (
            successes == 0 ? 0 : Quantile(successes, trials - successes + 1, alpha / 2),
            successes == trials ? 1 : Quantile(successes + 1, trials - successes, 1 - (alpha / 2)));
    }

    /// <summary>Kolmogorov's tail at (sqrt(n) + .12 + .11/sqrt(n)) D (Stephens 1970).</summary>
    internal static double KolmogorovTail(double distance, int n)
    {
        double root = Math.Sqrt(n);
        double x = (root + .12 + (.11 / root)) * distance;
        if (x < .2)
        {
            return 1;
        }

        double sum = 0;
        for (int k = 1; k <= 100; k++)
        {
            double term = Math.Exp(-2.0 * k * k * x * x);
            sum += k % 2 == 1 ? term : -term;
            if (term < 1e-18)
            {
                break;
            }
        }

        return Math.Clamp(2 * sum, 0, 1);
    }
}

using Experiments.Statistics.Decisions;
using MathNet.Numerics.Integration;
using MathNet.Numerics.RootFinding;

namespace Experiments.Statistics;

/// <summary>A beta prior of a rate.</summary>
/// <param name="A">Successes it is worth, positive.</param>
/// <param name="B">Failures it is worth, positive.</param>
public readonly record struct BetaPrior(double A, double B)
{
    /// <summary>Uniform over the rates.</summary>
    public static BetaPrior Uniform => new(1, 1);
}

/// <summary>
/// The posterior of two rates with beta priors: p ~ Beta(a + x, b + n - x). P(p_t &gt; p_c) = ∫ f_t F_c;
/// E[(p_c - p_t)⁺] = ∫ F_t (1 - F_c), the loss of choosing the treatment, and the mirror of it for the control; lifts by
/// P(p_t &gt; (1 + L) p_c). All by quadrature on the logit scale.
/// </summary>
/// <remarks>
/// Miller 2015; Stucchio 2015. Defined for any counts, 0 % and 100 % included. A result belongs to no family and is no
/// gate unless a policy says so.
/// </remarks>
public static class BetaBinomial
{
    /// <summary>The posterior of the difference of the rates.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="prior">The prior of both rates.</param>
    /// <param name="alpha">1 - the credible mass, inside (0, 1).</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="liftThreshold">
    /// A lift in the desired direction whose probability to be exceeded is asked for, as a fraction.
    /// </param>
    /// <returns>The posterior; <c>no_data</c> where an arm has no units.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static PosteriorEstimate Compute(
        BinomialArm control,
        BinomialArm treatment,
        BetaPrior prior,
        double alpha,
        DesiredDirection direction = DesiredDirection.Increase,
        double? liftThreshold = null)
    {
        Tails.ThrowIfNotProbability(alpha);
        control.ThrowIfImpossible(nameof(control));
        treatment.ThrowIfImpossible(nameof(treatment));
        if (!(prior.A > 0 && prior.B > 0 && double.IsFinite(prior.A) && double.IsFinite(prior.B)))
        {
            throw new ArgumentOutOfRangeException(nameof(prior), prior, "A beta prior has two positive parameters.");
        }

        if (control.N < 1 || treatment.N < 1)
        {
            return PosteriorEstimate.None(Reasons.NoData);
        }

        BetaPosterior c = new(prior.A + control.X, prior.B + control.Failures);
        BetaPosterior t = new(prior.A + treatment.X, prior.B + treatment.Failures);
        double[] both = Merge(c.Borders, t.Borders);
        double below = Integrate(both, u => t.Cdf(u) * c.Survival(u) * Slope(u));
        double above = Integrate(both, u => c.Cdf(u) * t.Survival(u) * Slope(u));
        double better = Chance(c, t, static u => u, static u => u);
        double worse = Chance(t, c, static u => u, static u => u);
        bool isIncrease = NonInferiority.Sign(direction) > 0;
        double? exceeds = liftThreshold is { } lift
            ? isIncrease
                ? ChanceOfLift(c, t, lift)
                : 1 - ChanceOfLift(c, t, -lift)
            : null;
        double difference = t.Mean - c.Mean;
        return new PosteriorEstimate(
            difference,
            null,
            Quantile(c, t, alpha / 2),
            Quantile(c, t, 1 - (alpha / 2)),
            isIncrease ? better : worse,
            isIncrease ? below : above,
            isIncrease ? above : below,
            exceeds,
            null);
    }

    /// <summary>P(p_t &gt; (1 + L) p_c).</summary>
    private static double ChanceOfLift(BetaPosterior c, BetaPosterior t, double lift)
    {
        if (lift <= -1)
        {
            return 1;
        }

        return Chance(c, t, u => Shifted(u, 0, lift), u => Shifted(u, 0, -lift / (1 + lift)));
    }

    /// <summary>P(logit of t &gt; to(logit of c)); back is the inverse of to.</summary>
    private static double Chance(
        BetaPosterior c, BetaPosterior t, Func<double, double> to, Func<double, double> back)
    {
        double[] borders = [.. c.Borders];
        double[] all = Merge(
            borders, t.Borders.Select(back).Where(u => u > borders[0] && u < borders[^1]));
        return Math.Min(1, Integrate(all, u => c.Density(u) * t.Survival(to(u))));
    }

    /// <summary>The d with P(p_t - p_c ≤ d) = level.</summary>
    private static double Quantile(BetaPosterior c, BetaPosterior t, double level)
    {
        double Missing(double d) =>
            1 - Chance(c, t, u => Shifted(u, d, 0), u => Shifted(u, -d, 0)) - level;
        double deviation = Math.Sqrt(c.Variance + t.Variance);
        double center = t.Mean - c.Mean;
        double low = Math.Max(-1, center - (6 * deviation));
        double high = Math.Min(1, center + (6 * deviation));
        return Brent.FindRoot(
            Missing, Missing(low) < 0 ? low : -1, Missing(high) > 0 ? high : 1, 1e-10 * deviation, 200);
    }

    /// <summary>The logit of (1 + lift) p + d, p the rate of a logit; infinite outside of (0, 1).</summary>
    private static double Shifted(double logit, double d, double lift)
    {
        double small = Math.Exp(-Math.Abs(logit));
        double rate = logit >= 0 ? 1 / (1 + small) : small / (1 + small);
        double rest = logit >= 0 ? small / (1 + small) : 1 / (1 + small);
        double change = (lift * rate) + d;
        return rate + change <= 0
            ? double.NegativeInfinity
            : rest - change <= 0
                ? double.PositiveInfinity
                : Math.Log(rate + change) - Math.Log(rest - change);
    }

    /// <summary>dp/du = p (1 - p).</summary>
    private static double Slope(double logit)
    {
        double small = Math.Exp(-Math.Abs(logit));
        return small / ((1 + small) * (1 + small));
    }

    private static double[] Merge(IEnumerable<double> first, IEnumerable<double> second)
    {
        double[] sorted = [.. first.Concat(second).Where(double.IsFinite).Order()];
        List<double> result = [];
        foreach (double border in sorted)
        {
            // Between two posteriors that are far apart the integrand is p (1 - p): panels of one logit.
            while (result.Count > 0 && border - result[^1] > 1.5 && border - result[^1] < 800)
            {
                result.Add(result[^1] + 1);
            }

            result.Add(border);
        }

        return [.. result];
    }

    private static double Integrate(double[] borders, Func<double, double> f)
    {
        double sum = 0;
        for (int i = 1; i < borders.Length; i++)
        {
            sum += borders[i] > borders[i - 1] ? GaussLegendreRule.Integrate(f, borders[i - 1], borders[i], 12) : 0;
        }

        return sum;
    }
}

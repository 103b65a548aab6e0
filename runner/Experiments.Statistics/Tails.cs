using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;

namespace Experiments.Statistics;

/// <summary>
/// Tails and quantiles of the reference distributions, right to the relative accuracy of a double in either tail down
/// to the smallest normal number (2.2e-308). MathNet 5.0.0's own Student t is not: its quantile returns ±800 or throws
/// in the tail and its distribution function is off by 1e-6 at 1e9 degrees of freedom.
/// </summary>
public static class Tails
{
    private const double QuadratureFrom = 200;

    // Gauss-Legendre with 64 points on (0, 1).
    private static readonly (double Node, double Weight)[] QuadratureNodes = Nodes();

    /// <summary>P(Z ≤ z) of the standard normal distribution.</summary>
    /// <param name="z">Any real number; infinities are allowed.</param>
    /// <returns>The lower tail; below about z = -38.5 it is smaller than any double.</returns>
    public static double NormalCdf(double z) => .5 * SpecialFunctions.Erfc(-z / Constants.Sqrt2);

    /// <summary>P(Z &gt; z) of the standard normal distribution.</summary>
    /// <param name="z">Any real number; infinities are allowed.</param>
    /// <returns>The upper tail.</returns>
    public static double NormalSurvival(double z) => NormalCdf(-z);

    /// <summary>P(|Z| &gt; |z|), the two-sided p-value of a normal statistic.</summary>
    /// <param name="z">The statistic.</param>
    /// <returns>2 P(Z ≤ -|z|).</returns>
    public static double NormalTwoSided(double z) => 2 * NormalCdf(-Math.Abs(z));

    /// <summary>The z with P(Z &gt; z) = <paramref name="upperTail"/>.</summary>
    /// <param name="upperTail">A probability in (0, 1).</param>
    /// <returns>The upper quantile; positive for probabilities below one half.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not inside (0, 1).</exception>
    public static double NormalUpperQuantile(double upperTail)
    {
        ThrowIfNotProbability(upperTail);
        if (upperTail > .5)
        {
            return -NormalUpperQuantile(1 - upperTail);
        }

        if (upperTail == .5)
        {
            return 0;
        }

        // MathNet's value is good to about 1e-9 in the far tail: Newton on the logarithm of the tail does the rest.
        double z = -Normal.InvCDF(0, 1, upperTail);
        double target = Math.Log(upperTail);
        for (int i = 0; i < 4; i++)
        {
            double tail = NormalSurvival(z);
            double density = Math.Exp(-.5 * z * z) / Constants.Sqrt2Pi;
            double step = (Math.Log(tail) - target) * tail / density;
            if (!double.IsFinite(step))
            {
                break;
            }

            z += step;
            if (Math.Abs(step) <= 1e-15 * z)
            {
                break;
            }
        }

        return z;
    }

    /// <summary>The z with P(Z ≤ z) = <paramref name="lowerTail"/>.</summary>
    /// <param name="lowerTail">A probability in (0, 1).</param>
    /// <returns>The lower quantile; negative for probabilities below one half.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not inside (0, 1).</exception>
    public static double NormalQuantile(double lowerTail) => -NormalUpperQuantile(lowerTail);

    /// <summary>P(T &gt; t) of Student's t distribution.</summary>
    /// <param name="t">Any real number.</param>
    /// <param name="degreesOfFreedom">Degrees of freedom, positive, whole or not; infinity is the normal.</param>
    /// <returns>
    /// The upper tail. Below 200 degrees of freedom by the continued fraction of the incomplete beta function
    /// (DLMF 8.17.22), above by quadrature of the density ahead of t, which has no cancellation at any size.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The degrees of freedom are not positive.</exception>
    public static double StudentTSurvival(double t, double degreesOfFreedom)
    {
        if (double.IsNaN(degreesOfFreedom) || degreesOfFreedom <= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(degreesOfFreedom), degreesOfFreedom, "Degrees of freedom are positive.");
        }

        if (double.IsPositiveInfinity(degreesOfFreedom))
        {
            return NormalSurvival(t);
        }

        if (t < 0)
        {
            return 1 - StudentTSurvival(-t, degreesOfFreedom);
        }

        if (t == 0 || double.IsPositiveInfinity(t))
        {
            return t == 0 ? .5 : 0;
        }

        return Math.Min(
            .5,
            degreesOfFreedom < QuadratureFrom
                ? .5 * TwoSidedByContinuedFraction(t, degreesOfFreedom)
                : SurvivalByQuadrature(t, degreesOfFreedom));
    }

    /// <summary>P(T ≤ t) of Student's t distribution.</summary>
    /// <param name="t">Any real number.</param>
    /// <param name="degreesOfFreedom">Degrees of freedom, positive.</param>
    /// <returns>The lower tail.</returns>
    public static double StudentTCdf(double t, double degreesOfFreedom) => StudentTSurvival(-t, degreesOfFreedom);

    /// <summary>P(|T| &gt; |t|), the two-sided p-value of a t statistic.</summary>
    /// <param name="t">The statistic.</param>
    /// <param name="degreesOfFreedom">Degrees of freedom, positive.</param>
    /// <returns>2 P(T &gt; |t|).</returns>
    public static double StudentTTwoSided(double t, double degreesOfFreedom) =>
        2 * StudentTSurvival(Math.Abs(t), degreesOfFreedom);

    /// <summary>The t with P(T &gt; t) = <paramref name="upperTail"/>.</summary>
    /// <param name="upperTail">A probability in (0, 1).</param>
    /// <param name="degreesOfFreedom">Degrees of freedom, positive.</param>
    /// <returns>
    /// The upper quantile, by Newton steps on the logarithm of the tail against the logarithm of t: that function is
    /// concave, so the steps cannot leave the root's side again.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double StudentTUpperQuantile(double upperTail, double degreesOfFreedom)
    {
        ThrowIfNotProbability(upperTail);
        if (upperTail > .5)
        {
            return -StudentTUpperQuantile(1 - upperTail, degreesOfFreedom);
        }

        if (upperTail == .5)
        {
            return 0;
        }

        if (degreesOfFreedom == 1)
        {
            return 1 / Math.Tan(Math.PI * upperTail);
        }

        double t = NormalUpperQuantile(upperTail);
        if (double.IsPositiveInfinity(degreesOfFreedom))
        {
            return t;
        }

        double start = t;
        double target = Math.Log(upperTail);
        double z = t * t;
        if (z < .25 * degreesOfFreedom)
        {
            // Fisher and Cornish 1960, to the fourth order in 1/df: one step is left where df is in the hundreds.
            double r = 1 / degreesOfFreedom;
            t += t * r * (((z + 1) / 4)
                + (r * ((((((5 * z) + 16) * z) + 3) / 96)
                + (r * (((((((3 * z) + 19) * z) + 17) * z) - 15) / 384
                + (r * (((((((((79 * z) + 776) * z) + 1482) * z) - 1920) * z) - 945) / 92160)))))));
        }

        for (int i = 0; i < 200; i++)
        {
            double tail = StudentTSurvival(t, degreesOfFreedom);
            if (tail == 0)
            {
                // A step left the range of doubles: back towards the normal quantile, which is never too far out.
                t = Math.Sqrt(t * start);
                continue;
            }

            double logTail = Math.Log(tail);
            double slope = Math.Exp(Math.Log(t) + LogStudentTDensity(t, degreesOfFreedom) - logTail);
            double step = Math.Min(100, (logTail - target) / slope);
            t *= Math.Exp(step);

            // The error of a step is about its square times 1 + z²/2.
            if (!double.IsFinite(step) || step * step * (1 + z) <= 2e-17)
            {
                break;
            }
        }

        return t;
    }

    /// <summary>P(T &gt; t) of the noncentral t distribution: T = (Z + δ)/s, s² a chi-square over its degrees.</summary>
    /// <param name="t">Any real number.</param>
    /// <param name="degreesOfFreedom">Degrees of freedom, positive; infinity is the normal.</param>
    /// <param name="noncentrality">δ.</param>
    /// <returns>
    /// ∫ Φ(δ - t s) f(s) ds on the scale of ln s, by Gauss-Legendre over panels as fine as the density and Φ need.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The degrees of freedom are not positive.</exception>
    public static double NoncentralTSurvival(double t, double degreesOfFreedom, double noncentrality)
    {
        if (double.IsNaN(degreesOfFreedom) || degreesOfFreedom <= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(degreesOfFreedom), degreesOfFreedom, "Degrees of freedom are positive.");
        }

        double df = degreesOfFreedom;
        if (df > 1e12)
        {
            return NormalSurvival(t - noncentrality);
        }

        // The density of w = ln s over its mode: exp(df (w - (e^{2w} - 1)/2)).
        double Log(double w) => df * (w - (.5 * Expm1(2 * w)));
        double deviation = 1 / Math.Sqrt(2 * df);
        double low = -deviation;
        while (Log(low) > -60)
        {
            low *= 2;
        }

        double high = deviation;
        while (Log(high) > -60)
        {
            high *= 1.5;
        }

        double width = Math.Min(deviation, 1 / (1 + Math.Abs(noncentrality) + (df < 4 ? Math.Abs(t) : 0)));
        int panels = (int)Math.Clamp(Math.Ceiling((high - low) / width), 8, 4000);
        width = (high - low) / panels;
        double mass = 0;
        double sum = 0;
        GaussLegendreRule rule = new(-1, 1, 12);
        for (int i = 0; i < panels; i++)
        {
            for (int k = 0; k < 12; k++)
            {
                double w = low + (width * (i + (.5 * (1 + rule.GetAbscissa(k)))));
                double density = rule.GetWeight(k) * Math.Exp(Log(w));
                mass += density;
                sum += density > 0 ? density * NormalCdf(noncentrality - (t * Math.Exp(w))) : 0;
            }
        }

        return sum / mass;
    }

    /// <summary>P(X &gt; x) of the chi-square distribution, Q(k/2, x/2).</summary>
    /// <param name="x">The statistic; at or below 0 the tail is 1.</param>
    /// <param name="degreesOfFreedom">Degrees of freedom k, positive.</param>
    /// <returns>The upper tail (1 - CDF is 0 at x = 576).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The degrees of freedom are not positive.</exception>
    public static double ChiSquareSurvival(double x, double degreesOfFreedom)
    {
        if (double.IsNaN(degreesOfFreedom) || degreesOfFreedom <= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(degreesOfFreedom), degreesOfFreedom, "Degrees of freedom are positive.");
        }

        if (x <= 0)
        {
            return 1;
        }

        // One degree of freedom is the square of a normal, and its tail is exact at any x.
        return degreesOfFreedom == 1
            ? NormalTwoSided(Math.Sqrt(x))
            : SpecialFunctions.GammaUpperRegularized(.5 * degreesOfFreedom, .5 * x);
    }

    internal static void ThrowIfNotProbability(
        double value, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? name = null)
    {
        if (!(value > 0 && value < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A probability inside (0, 1) is needed.");
        }
    }

    private static (double Node, double Weight)[] Nodes()
    {
        GaussLegendreRule rule = new(0, 1, 64);
        return [.. Enumerable.Range(0, 64).Select(k => (rule.GetAbscissa(k), rule.GetWeight(k)))];
    }

    private static double TwoSidedByContinuedFraction(double t, double df)
    {
        double square = t * t;
        double a = .5 * df;
        const double b = .5;
        double x = 1 / (1 + (square / df));
        double y = 1 / (1 + (df / square));

        // x^a (1-x)^b / B(a, b), without the cancellation of three log gammas at large a.
        double front = Math.Exp(
            (-a * LogOnePlusSquare(t, df)) + (b * Math.Log(y)) + LogGammaRatio(a) - (.5 * Math.Log(Math.PI)));
        if (square == 0)
        {
            return 1;
        }

        return x < (a + 1) / (a + b + 2)
            ? front * BetaFraction(a, b, x) / a
            : 1 - (front * BetaFraction(b, a, y) / b);
    }

    private static double BetaFraction(double a, double b, double x)
    {
        const double tiny = 1e-300;
        double c = 1;
        double d = 1 - ((a + b) * x / (a + 1));
        d = 1 / (Math.Abs(d) < tiny ? tiny : d);
        double h = d;
        for (int m = 1; m <= 10_000; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 + (even * d);
            d = 1 / (Math.Abs(d) < tiny ? tiny : d);
            c = 1 + (even / c);
            c = Math.Abs(c) < tiny ? tiny : c;
            h *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 + (odd * d);
            d = 1 / (Math.Abs(d) < tiny ? tiny : d);
            c = 1 + (odd / c);
            c = Math.Abs(c) < tiny ? tiny : c;
            double change = d * c;
            h *= change;
            if (Math.Abs(change - 1) < 1e-16)
            {
                break;
            }
        }

        return h;
    }

    private static double SurvivalByQuadrature(double t, double df)
    {
        if (t > 1e150)
        {
            // Below t^-200.
            return 0;
        }

        // S(t) = f(t) ∫ f(t+u)/f(t) du, f(t+u)/f(t) = (1 + (2tu+u²)/(df+t²))^(-(df+1)/2), up to where it is e^-40.
        double scale = df + (t * t);
        double half = .5 * (df + 1);
        double square = scale * Expm1(40 / half);
        double end = square / (t + Math.Sqrt((t * t) + square));
        double area = 0;
        for (int k = 0; k < QuadratureNodes.Length; k++)
        {
            (double node, double weight) = QuadratureNodes[k];
            double u = end * node;
            area += weight * Math.Exp(-half * Log1p(u * ((2 * t) + u) / scale));
        }

        return Math.Exp(LogStudentTDensity(t, df)) * end * area;
    }

    /// <summary>Kahan's: the rounding of 1 + x is divided out again.</summary>
    private static double Log1p(double x)
    {
        double y = 1 + x;
        return y == 1 ? x : Math.Log(y) * (x / (y - 1));
    }

    private static double Expm1(double x) =>
        Math.Abs(x) < 1e-5 ? x * (1 + (x / 2 * (1 + (x / 3)))) : Math.Exp(x) - 1;

    private static double LogStudentTDensity(double t, double df) =>
        LogGammaRatio(.5 * df) - (.5 * Math.Log(df * Math.PI)) - (.5 * (df + 1) * LogOnePlusSquare(t, df));

    private static double LogOnePlusSquare(double t, double df) =>
        t > 1e100 ? (2 * Math.Log(t)) - Math.Log(df) : SpecialFunctions.Log1p(t * t / df);

    /// <summary>ln Γ(a + 1/2) - ln Γ(a); for large a by its own series, since the two logarithms cancel.</summary>
    private static double LogGammaRatio(double a)
    {
        if (a < 20)
        {
            return SpecialFunctions.GammaLn(a + .5) - SpecialFunctions.GammaLn(a);
        }

        double r = 1 / (a * a);
        return (.5 * Math.Log(a))
            - ((1 - (r * ((1 / 24.0) - (r * ((1 / 80.0) - (r * (17 / 1792.0))))))) / (8 * a));
    }
}

namespace Experiments.Statistics;

/// <summary>
/// One arm of a ratio metric r = ΣM/ΣD, such as clicks a page view, with one row for each randomised unit.
/// </summary>
/// <param name="N">Units.</param>
/// <param name="Numerator">The mean of M.</param>
/// <param name="Denominator">The mean of D.</param>
/// <param name="NumeratorVariance">s_M², n - 1 below.</param>
/// <param name="DenominatorVariance">s_D².</param>
/// <param name="Covariance">s_MD.</param>
public readonly record struct RatioArm(
    long N,
    double Numerator,
    double Denominator,
    double NumeratorVariance,
    double DenominatorVariance,
    double Covariance)
{
    /// <summary>An arm from sums centred at constants near the data.</summary>
    /// <param name="n">Units.</param>
    /// <param name="numeratorCenter">k_M.</param>
    /// <param name="denominatorCenter">k_D.</param>
    /// <param name="sumNumerator">Σ(M - k_M).</param>
    /// <param name="sumDenominator">Σ(D - k_D).</param>
    /// <param name="sumNumeratorSquared">Σ(M - k_M)².</param>
    /// <param name="sumDenominatorSquared">Σ(D - k_D)².</param>
    /// <param name="sumProduct">Σ(M - k_M)(D - k_D).</param>
    /// <returns>The arm.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is negative.</exception>
    public static RatioArm FromCentred(
        long n,
        double numeratorCenter,
        double denominatorCenter,
        double sumNumerator,
        double sumDenominator,
        double sumNumeratorSquared,
        double sumDenominatorSquared,
        double sumProduct)
    {
        MeanArm numerator = MeanArm.FromCentred(n, numeratorCenter, sumNumerator, sumNumeratorSquared);
        MeanArm denominator = MeanArm.FromCentred(n, denominatorCenter, sumDenominator, sumDenominatorSquared);
        double covariance = n > 1 ? (sumProduct - (sumNumerator / n * sumDenominator)) / (n - 1) : 0;
        return new RatioArm(
            n, numerator.Mean, denominator.Mean, numerator.Variance, denominator.Variance, covariance);
    }

    /// <summary>An arm from its rows, one a randomised unit; the centres are the first row's.</summary>
    /// <param name="rows">Numerator and denominator of each unit.</param>
    /// <returns>The arm.</returns>
    public static RatioArm FromRows(IReadOnlyList<(double Numerator, double Denominator)> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0)
        {
            return default;
        }

        (double m0, double d0) = rows[0];
        double m = 0;
        double d = 0;
        double mm = 0;
        double dd = 0;
        double md = 0;
        foreach ((double numerator, double denominator) in rows)
        {
            double a = numerator - m0;
            double b = denominator - d0;
            m += a;
            d += b;
            mm += a * a;
            dd += b * b;
            md += a * b;
        }

        return FromCentred(rows.Count, m0, d0, m, d, mm, dd, md);
    }

    /// <summary>The arm of both slices together, as <see cref="MeanArm.Merge"/> for numerator and denominator.</summary>
    /// <param name="other">The other slice of the same arm.</param>
    /// <returns>The merged arm; an empty slice changes nothing.</returns>
    public RatioArm Merge(RatioArm other)
    {
        if (N == 0 || other.N == 0)
        {
            return N == 0 ? other : this;
        }

        double total = (double)N + other.N;
        MeanArm numerator =
            new MeanArm(N, Numerator, NumeratorVariance).Merge(new(other.N, other.Numerator, other.NumeratorVariance));
        MeanArm denominator = new MeanArm(N, Denominator, DenominatorVariance)
            .Merge(new(other.N, other.Denominator, other.DenominatorVariance));
        double products = (Covariance * (N - 1)) + (other.Covariance * (other.N - 1))
            + ((other.Numerator - Numerator) * (other.Denominator - Denominator) * (N / total) * other.N);
        return new RatioArm(
            N + other.N,
            numerator.Mean,
            denominator.Mean,
            numerator.Variance,
            denominator.Variance,
            products / (total - 1));
    }

    /// <summary>
    /// How many times the variance of the ratio exceeds that of a rate whose trials (the denominator's sum) were
    /// independent, r(1 - r)/ΣD: what an analysis by event instead of by unit would miss.
    /// </summary>
    /// <returns>The factor; null where the ratio is outside (0, 1) or undefined.</returns>
    public double? BinomialDesignEffect() =>
        ToMeanArm() is { N: > 1, Mean: > 0 and < 1 } arm
            ? arm.VarianceOfMean / (arm.Mean * (1 - arm.Mean) / (N * Denominator))
            : null;

    /// <summary>
    /// The ratio as a mean: m = r and s² = n Var(r) = (s_M² + r² s_D² - 2 r s_MD)/D², so that every method for means
    /// takes it.
    /// </summary>
    /// <returns>The arm, or null where the mean of the denominator is 0.</returns>
    /// <remarks>Deng, Knoblich, Lu, KDD 2018 (arXiv 1803.06336), section 3. D has to be far from 0.</remarks>
    public MeanArm? ToMeanArm()
    {
        if (N == 0)
        {
            return default(MeanArm);
        }

        if (Denominator == 0)
        {
            return null;
        }

        double ratio = Numerator / Denominator;
        double variance = (NumeratorVariance + (ratio * ratio * DenominatorVariance) - (2 * ratio * Covariance))
            / Denominator / Denominator;
        return new MeanArm(N, ratio, Math.Max(0, variance));
    }
}

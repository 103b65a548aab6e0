namespace Experiments.Statistics;

/// <summary>One arm of a mean with one covariate.</summary>
/// <param name="N">Units.</param>
/// <param name="Mean">The mean of y.</param>
/// <param name="CovariateMean">The mean of x.</param>
/// <param name="Variance">s_y², n - 1 below.</param>
/// <param name="CovariateVariance">s_x².</param>
/// <param name="Covariance">s_xy.</param>
public readonly record struct CupedArm(
    long N, double Mean, double CovariateMean, double Variance, double CovariateVariance, double Covariance)
{
    /// <summary>The arm without its covariate.</summary>
    public MeanArm Unadjusted => new(N, Mean, Variance);

    /// <summary>An arm from sums centred at constants near the data.</summary>
    /// <param name="n">Units.</param>
    /// <param name="center">k_y.</param>
    /// <param name="covariateCenter">k_x.</param>
    /// <param name="sum">Σ(y - k_y).</param>
    /// <param name="covariateSum">Σ(x - k_x).</param>
    /// <param name="sumSquared">Σ(y - k_y)².</param>
    /// <param name="covariateSumSquared">Σ(x - k_x)².</param>
    /// <param name="sumProduct">Σ(y - k_y)(x - k_x).</param>
    /// <returns>The arm.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is negative.</exception>
    public static CupedArm FromCentred(
        long n,
        double center,
        double covariateCenter,
        double sum,
        double covariateSum,
        double sumSquared,
        double covariateSumSquared,
        double sumProduct)
    {
        RatioArm both = RatioArm.FromCentred(
            n, center, covariateCenter, sum, covariateSum, sumSquared, covariateSumSquared, sumProduct);
        return new CupedArm(
            n, both.Numerator, both.Denominator, both.NumeratorVariance, both.DenominatorVariance, both.Covariance);
    }

    /// <summary>The arm of both samples together (Chan, Golub, LeVeque 1983).</summary>
    /// <param name="other">The other slice.</param>
    /// <returns>The merged arm; an empty slice changes nothing.</returns>
    public CupedArm Merge(CupedArm other)
    {
        if (N == 0 || other.N == 0)
        {
            return N == 0 ? other : this;
        }

        MeanArm y = Unadjusted.Merge(other.Unadjusted);
        MeanArm x = new MeanArm(N, CovariateMean, CovariateVariance)
            .Merge(new MeanArm(other.N, other.CovariateMean, other.CovariateVariance));
        double total = (double)N + other.N;
        double products = (Covariance * (N - 1)) + (other.Covariance * (other.N - 1))
            + ((other.Mean - Mean) * (other.CovariateMean - CovariateMean) * (N / total) * other.N);
        return new CupedArm(N + other.N, y.Mean, x.Mean, y.Variance, x.Variance, products / (total - 1));
    }

    /// <summary>The variance of y - θ x, at least 0.</summary>
    internal double AdjustedVariance(double theta) =>
        Math.Max(0, Variance + (theta * theta * CovariateVariance) - (2 * theta * Covariance));
}

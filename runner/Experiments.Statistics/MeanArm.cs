namespace Experiments.Statistics;

/// <summary>One arm of a metric whose units have a real value: the sample a mean is taken over.</summary>
/// <param name="N">Units with a value, n.</param>
/// <param name="Mean">The arithmetic mean m; not read where <paramref name="N"/> is 0.</param>
/// <param name="Variance">
/// The sample variance s² with n - 1 below, in squared units of the metric; not read where <paramref name="N"/> is
/// below 2.
/// </param>
public readonly record struct MeanArm(long N, double Mean, double Variance)
{
    /// <summary>The squared standard error of the mean, V = s²/n; 0 for an arm without units.</summary>
    public double VarianceOfMean => N > 0 ? Variance / N : 0;

    /// <summary>
    /// An arm from sums centred at a constant: m = k + S/n, s² = (Q - S²/n)/(n - 1), with S = Σ(x - k) and
    /// Q = Σ(x - k)². With k near the data no digits are lost (Chan, Golub, LeVeque 1983, "Algorithms for computing
    /// the sample variance"), unlike Σx² - (Σx)²/n, which is wrong on NIST's NumAcc3.
    /// </summary>
    /// <param name="n">Units.</param>
    /// <param name="k">The constant the sums are centred at; any value near the data.</param>
    /// <param name="sumCentered">S = Σ(x - k).</param>
    /// <param name="sumCenteredSquared">Q = Σ(x - k)².</param>
    /// <returns>
    /// The arm. No units: all zero. One unit: variance 0. A sum of squares that is nothing but rounding of Q (below
    /// 1e-14 of it, or negative) is variance 0, so that a constant metric is recognised as one.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is negative.</exception>
    public static MeanArm FromCentred(long n, double k, double sumCentered, double sumCenteredSquared)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (n == 0)
        {
            return default;
        }

        double mean = k + (sumCentered / n);
        double squares = sumCenteredSquared - (sumCentered / n * sumCentered);
        if (squares <= 1e-14 * sumCenteredSquared)
        {
            squares = 0;
        }

        return new MeanArm(n, mean, n > 1 ? squares / (n - 1) : 0);
    }

    /// <summary>
    /// The arm of both samples together: n = n₁ + n₂, δ = m₂ - m₁, m = m₁ + δ n₂/n,
    /// M2 = M2₁ + M2₂ + δ² n₁n₂/n (Chan, Golub, LeVeque 1983). It is right for two slices of one arm; pooling arms
    /// over periods with different weights is biased (STATISTICS row 41).
    /// </summary>
    /// <param name="other">The other slice.</param>
    /// <returns>The merged arm; an empty slice changes nothing.</returns>
    public MeanArm Merge(MeanArm other)
    {
        if (N == 0)
        {
            return other;
        }

        if (other.N == 0)
        {
            return this;
        }

        double total = (double)N + other.N;
        double difference = other.Mean - Mean;
        double squares = (Variance * (N - 1)) + (other.Variance * (other.N - 1))
            + (difference * difference * (N / total) * other.N);
        return new MeanArm(N + other.N, Mean + (difference * (other.N / total)), squares / (total - 1));
    }
}

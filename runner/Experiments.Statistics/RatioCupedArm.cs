namespace Experiments.Statistics;

/// <summary>
/// One arm of a ratio metric with its ratio before the exposure as covariate: numerator M and denominator D, and X and Z
/// likewise from before, one row for each randomised unit.
/// </summary>
public sealed record RatioCupedArm
{
    private readonly double[,] _covariance;

    private RatioCupedArm(long n, double[] means, double[,] covariance)
    {
        N = n;
        Means = means;
        _covariance = covariance;
    }

    /// <summary>Units.</summary>
    public long N { get; }

    /// <summary>The means of M, D, X, Z.</summary>
    public IReadOnlyList<double> Means { get; }

    /// <summary>An arm from sums centred at constants near the data.</summary>
    /// <param name="n">Units.</param>
    /// <param name="centers">The constants of M, D, X, Z.</param>
    /// <param name="sums">The centred sums of M, D, X, Z.</param>
    /// <param name="products">
    /// The centred sums of products, the upper triangle by rows: MM, MD, MX, MZ, DD, DX, DZ, XX, XZ, ZZ.
    /// </param>
    /// <returns>The arm.</returns>
    /// <exception cref="ArgumentException">A list has another length than said, or n is negative.</exception>
    public static RatioCupedArm FromCentred(
        long n, IReadOnlyList<double> centers, IReadOnlyList<double> sums, IReadOnlyList<double> products)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentNullException.ThrowIfNull(centers);
        ArgumentNullException.ThrowIfNull(sums);
        ArgumentNullException.ThrowIfNull(products);
        if (centers.Count != 4 || sums.Count != 4 || products.Count != 10)
        {
            throw new ArgumentException("Four centres, four sums and ten products are needed.", nameof(products));
        }

        double[] means = new double[4];
        double[,] covariance = new double[4, 4];
        for (int i = 0, next = 0; i < 4; i++)
        {
            means[i] = n > 0 ? centers[i] + (sums[i] / n) : 0;
            for (int j = i; j < 4; j++, next++)
            {
                double value = n > 1 ? (products[next] - (sums[i] / n * sums[j])) / (n - 1) : 0;
                covariance[i, j] = value;
                covariance[j, i] = value;
            }
        }

        return new RatioCupedArm(n, means, covariance);
    }

    /// <summary>An arm from its rows.</summary>
    /// <param name="rows">M, D, X, Z of each unit; the first row gives the centres.</param>
    /// <returns>The arm.</returns>
    public static RatioCupedArm FromRows(IReadOnlyList<(double M, double D, double X, double Z)> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        double[] centers = new double[4];
        double[] sums = new double[4];
        double[] products = new double[10];
        double[] row = new double[4];
        for (int r = 0; r < rows.Count; r++)
        {
            (row[0], row[1], row[2], row[3]) = rows[r];
            if (r == 0)
            {
                row.CopyTo(centers, 0);
            }

            for (int i = 0, next = 0; i < 4; i++)
            {
                sums[i] += row[i] - centers[i];
                for (int j = i; j < 4; j++, next++)
                {
                    products[next] += (row[i] - centers[i]) * (row[j] - centers[j]);
                }
            }
        }

        return FromCentred(rows.Count, centers, sums, products);
    }

    /// <summary>
    /// The linearised arm: y = M/D and x = X/Z with h = (1/D, -M/D²) and k = (1/Z, -X/Z²), s_y² = h'Sh, s_x² = k'Sk,
    /// s_xy = h'Sk (Deng, Xu, Kohavi, Walker 2013, appendix B), so that every method with one covariate takes it.
    /// </summary>
    /// <returns>The arm, or null where a denominator sums to 0.</returns>
    public CupedArm? ToCupedArm()
    {
        if (N == 0)
        {
            return default(CupedArm);
        }

        if (Means[1] == 0 || Means[3] == 0)
        {
            return null;
        }

        double ratio = Means[0] / Means[1];
        double before = Means[2] / Means[3];
        double[] h = [1 / Means[1], -ratio / Means[1], 0, 0];
        double[] k = [0, 0, 1 / Means[3], -before / Means[3]];
        return new CupedArm(N, ratio, before, Form(h, h), Form(k, k), Form(h, k));
    }

    internal RatioCupedArm Merge(RatioCupedArm other)
    {
        double total = (double)N + other.N;
        double[] means = new double[4];
        double[,] covariance = new double[4, 4];
        for (int i = 0; i < 4; i++)
        {
            means[i] = Means[i] + ((other.Means[i] - Means[i]) * (other.N / total));
            for (int j = 0; j < 4; j++)
            {
                covariance[i, j] = ((_covariance[i, j] * (N - 1)) + (other._covariance[i, j] * (other.N - 1))
                    + ((other.Means[i] - Means[i]) * (other.Means[j] - Means[j]) * (N / total) * other.N))
                    / (total - 1);
            }
        }

        return new RatioCupedArm(N + other.N, means, covariance);
    }

    private double Form(double[] left, double[] right) => SmallMatrix.Dot(left, SmallMatrix.Multiply(_covariance, right));
}

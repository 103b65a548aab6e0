namespace Experiments.Statistics;

/// <summary>One arm of a mean with several covariates.</summary>
public sealed record RegressionArm
{
    private readonly double[] _means;
    private readonly double[] _products;
    private readonly double[,] _squares;

    private RegressionArm(long n, double mean, double squares, double[] means, double[] products, double[,] covariates)
    {
        N = n;
        Mean = mean;
        SumOfSquares = squares;
        _means = means;
        _products = products;
        _squares = covariates;
    }

    /// <summary>Units.</summary>
    public long N { get; }

    /// <summary>The mean of y.</summary>
    public double Mean { get; }

    /// <summary>Σ(y - ȳ)².</summary>
    public double SumOfSquares { get; }

    /// <summary>The means of the covariates.</summary>
    public IReadOnlyList<double> CovariateMeans => _means;

    /// <summary>The arm without its covariates.</summary>
    public MeanArm Unadjusted => new(N, Mean, N > 1 ? SumOfSquares / (N - 1) : 0);

    /// <summary>SS, the centred sums of products of the covariates.</summary>
    internal double[,] CovariateSquares => _squares;

    /// <summary>The centred sums of products of y with each covariate.</summary>
    internal double[] Products => _products;

    /// <summary>An arm from sums centred at constants near the data; y is the first column.</summary>
    /// <param name="n">Units.</param>
    /// <param name="centers">The constants of y and of each covariate.</param>
    /// <param name="sums">The centred sums of y and of each covariate.</param>
    /// <param name="products">The centred sums of products, the upper triangle by rows.</param>
    /// <returns>The arm.</returns>
    /// <exception cref="ArgumentException">The lists do not fit one another, or n is negative.</exception>
    public static RegressionArm FromCentred(
        long n, IReadOnlyList<double> centers, IReadOnlyList<double> sums, IReadOnlyList<double> products)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentNullException.ThrowIfNull(centers);
        ArgumentNullException.ThrowIfNull(sums);
        ArgumentNullException.ThrowIfNull(products);
        int columns = centers.Count;
        if (columns < 2 || sums.Count != columns || products.Count != columns * (columns + 1) / 2)
        {
            throw new ArgumentException("One sum a column and one product a pair of columns are needed.", nameof(products));
        }

        double[,] all = new double[columns, columns];
        for (int i = 0, next = 0; i < columns; i++)
        {
            for (int j = i; j < columns; j++, next++)
            {
                double value = n > 0 ? products[next] - (sums[i] / n * sums[j]) : 0;

                // Nothing but rounding: a constant column is recognised as one.
                value = i == j && value <= 1e-14 * products[next] ? 0 : value;
                all[i, j] = value;
                all[j, i] = value;
            }
        }

        int p = columns - 1;
        double[] means = new double[p];
        double[] cross = new double[p];
        double[,] squares = new double[p, p];
        for (int i = 0; i < p; i++)
        {
            means[i] = n > 0 ? centers[i + 1] + (sums[i + 1] / n) : 0;
            cross[i] = all[0, i + 1];
            for (int j = 0; j < p; j++)
            {
                squares[i, j] = all[i + 1, j + 1];
            }
        }

        return new RegressionArm(n, n > 0 ? centers[0] + (sums[0] / n) : 0, all[0, 0], means, cross, squares);
    }

    /// <summary>An arm from its rows, y first; the first row gives the centres.</summary>
    /// <param name="rows">One row a unit.</param>
    /// <param name="columns">The number of columns, y included.</param>
    /// <returns>The arm.</returns>
    /// <exception cref="ArgumentException">A row has another length.</exception>
    public static RegressionArm FromRows(IReadOnlyList<IReadOnlyList<double>> rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(rows);
        double[] centers = new double[columns];
        double[] sums = new double[columns];
        double[] products = new double[columns * (columns + 1) / 2];
        for (int r = 0; r < rows.Count; r++)
        {
            if (rows[r].Count != columns)
            {
                throw new ArgumentException("All rows have the same columns.", nameof(rows));
            }

            for (int i = 0, next = 0; i < columns; i++)
            {
                centers[i] = r == 0 ? rows[0][i] : centers[i];
                sums[i] += rows[r][i] - centers[i];
                for (int j = i; j < columns; j++, next++)
                {
                    products[next] += r == 0 ? 0 : (rows[r][i] - centers[i]) * (rows[r][j] - centers[j]);
                }
            }
        }

        return FromCentred(rows.Count, centers, sums, products);
    }
}

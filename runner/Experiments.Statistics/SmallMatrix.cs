namespace Experiments.Statistics;

/// <summary>Symmetric positive definite systems of a few unknowns, by Cholesky on the correlation scale.</summary>
internal static class SmallMatrix
{
    // A covariate whose share of variance not explained by the ones before it is below this is collinear.
    private const double Tolerance = 1e-10;

    /// <summary>The inverse, or the reason why there is none.</summary>
    internal static (double[,]? Inverse, string? ReasonCode) Invert(double[,] matrix)
    {
        int size = matrix.GetLength(0);
        double[] scale = new double[size];
        for (int i = 0; i < size; i++)
        {
            if (!double.IsFinite(matrix[i, i]) || matrix[i, i] < 0)
            {
                return (null, Reasons.InvalidInput);
            }

            if (matrix[i, i] == 0)
            {
                return (null, Reasons.CovariateConstant);
            }

            scale[i] = Math.Sqrt(matrix[i, i]);
        }

        double[,] factor = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double value = matrix[i, j] / scale[i] / scale[j];
                for (int k = 0; k < j; k++)
                {
                    value -= factor[i, k] * factor[j, k];
                }

                if (i == j && !(value > Tolerance))
                {
                    return (null, Reasons.CovariateCollinear);
                }

                factor[i, j] = i == j ? Math.Sqrt(value) : value / factor[j, j];
            }
        }

        double[,] inverse = new double[size, size];
        double[] column = new double[size];
        for (int c = 0; c < size; c++)
        {
            for (int i = 0; i < size; i++)
            {
                double value = i == c ? 1 : 0;
                for (int k = 0; k < i; k++)
                {
                    value -= factor[i, k] * column[k];
                }

                column[i] = value / factor[i, i];
            }

            for (int i = size - 1; i >= 0; i--)
            {
                double value = column[i];
                for (int k = i + 1; k < size; k++)
                {
                    value -= factor[k, i] * column[k];
                }

                column[i] = value / factor[i, i];
            }

            for (int i = 0; i < size; i++)
            {
                inverse[i, c] = column[i] / scale[i] / scale[c];
            }
        }

        return (inverse, null);
    }

    internal static double[] Multiply(double[,] matrix, IReadOnlyList<double> vector)
    {
        double[] result = new double[matrix.GetLength(0)];
        for (int i = 0; i < result.Length; i++)
        {
            for (int j = 0; j < vector.Count; j++)
            {
                result[i] += matrix[i, j] * vector[j];
            }
        }

        return result;
    }

    internal static double Dot(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Count; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}

using Experiments.Statistics;

namespace Experiments.Simulations;

/// <summary>
/// A law on finitely many values: the counts of n units are multinomial, so that an arm of any size costs as many draws as
/// there are values, and every moment is exact.
/// </summary>
internal sealed class DiscreteLaw
{
    private readonly double[] _probability;

    internal DiscreteLaw(string name, IEnumerable<(double Value, double Probability)> points)
    {
        // The likeliest first, so that few draws are left for the rest.
        (double Value, double Probability)[] sorted = [.. points.OrderByDescending(static point => point.Probability)];
        double total = sorted.Sum(static point => point.Probability);
        Name = name;
        Values = [.. sorted.Select(static point => point.Value)];
        _probability = [.. sorted.Select(point => point.Probability / total)];
        Mean = Values.Zip(_probability, static (v, p) => v * p).Sum();
        Variance = Moment(2);
        ThirdMoment = Moment(3);
    }

    internal string Name { get; }

    internal IReadOnlyList<double> Values { get; }

    internal IReadOnlyList<double> Probabilities => _probability;

    internal double Mean { get; }

    internal double Variance { get; }

    /// <summary>E(X - μ)³.</summary>
    internal double ThirdMoment { get; }

    internal double Skewness => ThirdMoment / Math.Pow(Variance, 1.5);

    /// <summary>Lognormal with σ = 1, by 48 slices of the normal law.</summary>
    internal static DiscreteLaw Lognormal() => new("lognormal", Slices(48, static z => Math.Exp(z)));

    /// <summary>Pareto with shape 2.5 from 1, capped at 1000: 40 geometric slices.</summary>
    internal static DiscreteLaw HeavyTail()
    {
        const int slices = 40;
        double ratio = Math.Pow(1000, 1.0 / slices);
        return new DiscreteLaw(
            "heavy tail",
            Enumerable.Range(0, slices + 1).Select(i => (
                Math.Pow(ratio, i),
                i == slices ? Math.Pow(ratio, -2.5 * i) : Math.Pow(ratio, -2.5 * i) - Math.Pow(ratio, -2.5 * (i + 1)))));
    }

    /// <summary>Zero for 95 %, else lognormal.</summary>
    internal static DiscreteLaw ZeroInflated() => new(
        "zero-inflated",
        [(0, .95), .. Slices(32, static z => Math.Exp(z)).Select(static point => (point.Value, .05 * point.Probability))]);

    /// <summary>Units by value.</summary>
    internal void Draw(Rng random, long n, long[] counts)
    {
        double left = 1;
        long units = n;
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = i == counts.Length - 1 ? units : random.Binomial(units, Math.Min(1, _probability[i] / left));
            units -= counts[i];
            left -= _probability[i];
            if (units == 0)
            {
                Array.Clear(counts, i + 1, counts.Length - i - 1);
                return;
            }
        }
    }

    /// <summary>An arm of shift + scale (X - μ).</summary>
    internal MeanArm Arm(long[] counts, double shift, double scale)
    {
        long n = 0;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            double x = scale * (Values[i] - Mean);
            n += counts[i];
            sum += counts[i] * x;
            squares += counts[i] * (x * x);
        }

        return MeanArm.FromCentred(n, shift, sum, squares);
    }

    private double Moment(int power) =>
        Values.Zip(_probability, (v, p) => Math.Pow(v - Mean, power) * p).Sum();

    private static IEnumerable<(double Value, double Probability)> Slices(int slices, Func<double, double> value)
    {
        const double low = -4;
        const double high = 5;
        double width = (high - low) / slices;
        for (int i = 0; i < slices; i++)
        {
            double z = low + (i * width);
            yield return (value(z + (width / 2)), Tails.NormalCdf(z + width) - Tails.NormalCdf(z));
        }
    }
}

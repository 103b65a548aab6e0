namespace Experiments.Runner.Tests.Recomputation;

/// <summary>
/// An expected value. A number that is a sum carries the sum of the absolute values of its terms: a sum of centred
/// products may cancel to almost nothing, and 1e-12 of what is left would ask for more digits than a float has.
/// </summary>
/// <param name="Value">A long, double, decimal, text, time (microseconds as a DateTime), flag, or null.</param>
/// <param name="Scale">What 1e-12 is taken of; the value itself where it is 0.</param>
internal readonly record struct Cell(object? Value, double Scale = 0);

/// <summary>A sum with the error of each addition carried along (Neumaier 1974), and of absolute values beside.</summary>
internal struct Total
{
    private double _sum;
    private double _lost;

    public readonly double Value => _sum + _lost;

    public double Size { get; private set; }

    public void Add(double term)
    {
        double sum = _sum + term;
        _lost += Math.Abs(_sum) >= Math.Abs(term) ? _sum - sum + term : term - sum + _sum;
        _sum = sum;
        Size += Math.Abs(term);
    }

    public static Cell Of(IEnumerable<double> terms)
    {
        Total total = default;
        foreach (double term in terms)
        {
            total.Add(term);
        }

        return new Cell(total.Value, total.Size);
    }
}

/// <summary>Rows of a table by their keys, each with its columns.</summary>
internal sealed class ExpectedTable
{
    public Dictionary<string, Dictionary<string, Cell>> Rows { get; } = new(StringComparer.Ordinal);

    public void Add(Dictionary<string, Cell> row, params object[] key) => Rows.Add(string.Join(" | ", key), row);
}

namespace Experiments.Statistics.Tests;

/// <summary>Seeded draws for simulations.</summary>
internal static class Draws
{
    /// <summary>A standard normal draw (Box and Muller 1958).</summary>
    internal static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

using System.Collections;

namespace Experiments.Simulations;

/// <summary>How a frequency is judged.</summary>
internal enum Criterion
{
    /// <summary>Within three Monte Carlo errors of a computed value.</summary>
    Equals,

    /// <summary>At most a level, three Monte Carlo errors allowed for.</summary>
    AtMost,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>What is counted in a study.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Expected">The value computed beforehand, or the level.</param>
/// <param name="Criterion">How it is judged.</param>
/// <param name="IsRate">Whether each run counts 0 or 1; else a number whose error comes from the runs themselves.</param>
internal sealed record Measure(
    string Name, double Expected, Criterion Criterion = Criterion.Equals, bool IsRate = true);

/// <summary>Measures whose expected values take some computing: only a study that runs asks for them.</summary>
internal sealed class Computed(Func<Measure[]> compute) : IReadOnlyList<Measure>
{
    private readonly Lazy<Measure[]> _measures = new(compute);

    public int Count => _measures.Value.Length;

    public Measure this[int index] => _measures.Value[index];

    public IEnumerator<Measure> GetEnumerator() => _measures.Value.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>One setting of a simulation.</summary>
/// <param name="Group">The test or procedure.</param>
/// <param name="Setting">Law, split, variances, effect.</param>
/// <param name="Measures">What is counted.</param>
/// <param name="Weight">Runs of this study as a share of the full number, for those whose runs are dear.</param>
/// <param name="Start">Gives one thread's run: it adds what it counts to the array, by measure.</param>
internal sealed record Study(
    string Group, string Setting, IReadOnlyList<Measure> Measures, double Weight, Func<Action<Rng, double[]>> Start);

/// <summary>One measure of one study after its runs.</summary>
/// <param name="Study">The study.</param>
/// <param name="Measure">The measure.</param>
/// <param name="Runs">Runs.</param>
/// <param name="Observed">The mean over the runs.</param>
/// <param name="Error">The Monte Carlo error of it.</param>
/// <param name="IsRedrawn">Whether the first draws were outside, so that these are fresh ones, four times as many.</param>
internal sealed record Finding(
    Study Study, Measure Measure, long Runs, double Observed, double Error, bool IsRedrawn)
{
    /// <summary>The distance from the expected value in Monte Carlo errors.</summary>
    internal double Distance => Error > 0
        ? (Observed - Measure.Expected) / Error
        : Observed == Measure.Expected ? 0 : double.PositiveInfinity;

    internal bool Passed => Measure.Criterion switch
    {
        Criterion.Equals => Math.Abs(Distance) <= 3,
        Criterion.AtMost => Distance <= 3,
        Criterion.Never => Observed == 0,
        _ => throw new InvalidOperationException($"No criterion {Measure.Criterion}."),
    };
}

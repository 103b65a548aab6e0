using System.Globalization;
using System.IO.Compression;
using Experiments.Statistics;

namespace Experiments.Simulations;

/// <summary>What tests say of the ASOS set: cumulative means and variances of real experiments at their checkpoints.</summary>
/// <param name="Streams">Series of an experiment, variant and metric.</param>
/// <param name="Testable">Those whose last checkpoint has an answer.</param>
/// <param name="LastBelow">Testable ones with Welch's p below .05 at their last checkpoint.</param>
/// <param name="LastAdjustedBelow">Those after Benjamini and Hochberg over all testable ones.</param>
/// <param name="EverBelow">Those with p below .05 at any checkpoint: what looking does to a fixed-horizon test.</param>
/// <param name="EverCalledAtFinal">Those that a confidence sequence calls at any checkpoint, N* the last n.</param>
/// <param name="EverCalledAtMillion">The same with N* = 1,000,000.</param>
/// <param name="EverBeforeTheLast">Of those at N* = the last n, the ones called before the last checkpoint.</param>
internal sealed record AsosStreams(
    int Streams,
    int Testable,
    int LastBelow,
    int LastAdjustedBelow,
    int EverBelow,
    int EverCalledAtFinal,
    int EverCalledAtMillion,
    int EverBeforeTheLast)
{
    private const double Alpha = .05;

    /// <summary>Reads the compressed file and runs every test on every checkpoint.</summary>
    internal static AsosStreams Read(string path)
    {
        Dictionary<(string, string, string), List<(double At, MeanArm Control, MeanArm Treatment)>> streams = [];
        using GZipStream gzip = new(File.OpenRead(path), CompressionMode.Decompress);
        using StreamReader reader = new(gzip);
        string[] header = reader.ReadLine()!.Split(',');
        int Column(string name) => Array.IndexOf(header, name) is >= 0 and var at
            ? at
            : throw new FormatException($"{path} has no column {name}.");
        int[] key = [Column("experiment_id"), Column("variant_id"), Column("metric_id")];
        int[] numbers =
        [
            Column("time_since_start"), Column("count_c"), Column("mean_c"), Column("variance_c"), Column("count_t"),
            Column("mean_t"), Column("variance_t"),
        ];
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(',');

            // A variance that is not there makes a checkpoint without an answer.
            double[] x = [.. numbers.Select(column => double.TryParse(
                fields[column], CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
            (string, string, string) stream = (fields[key[0]], fields[key[1]], fields[key[2]]);
            if (!streams.TryGetValue(stream, out var checkpoints))
            {
                streams.Add(stream, checkpoints = []);
            }

            checkpoints.Add((x[0], new MeanArm((long)x[1], x[2], x[3]), new MeanArm((long)x[4], x[5], x[6])));
        }

        List<double?> last = [];
        int everBelow = 0;
        int atFinal = 0;
        int atMillion = 0;
        int before = 0;
        foreach (var checkpoints in streams.Values)
        {
            checkpoints.Sort(static (a, b) => a.At.CompareTo(b.At));
            EffectEstimate[] tests = [.. checkpoints.Select(static c => WelchTTest.Compute(c.Control, c.Treatment, Alpha))];
            if (!tests[^1].HasAnswer)
            {
                continue;
            }

            last.Add(tests[^1].PValue);
            everBelow += tests.Any(static test => test.PValue < Alpha) ? 1 : 0;
            int CalledAt(double planned) => Enumerable.Range(0, tests.Length).FirstOrDefault(
                i => tests[i].HasAnswer && AsymptoticConfidenceSequence.Compute(
                    tests[i].UpliftAbsolute!.Value,
                    tests[i].StandardError!.Value,
                    checkpoints[i].Control.N + checkpoints[i].Treatment.N,
                    planned,
                    Alpha,
                    isTooEarly: AsymptoticConfidenceSequence.IsTooEarly(checkpoints[i].Control, checkpoints[i].Treatment))
                    is { PValue: < Alpha },
                -1);
            int called = CalledAt(checkpoints[^1].Control.N + checkpoints[^1].Treatment.N);
            atFinal += called >= 0 ? 1 : 0;
            before += called >= 0 && called < tests.Length - 1 ? 1 : 0;
            atMillion += CalledAt(1_000_000) >= 0 ? 1 : 0;
        }

        return new AsosStreams(
            streams.Count,
            last.Count,
            last.Count(static p => p < Alpha),
            MultipleComparisons.BenjaminiHochberg(last).Count(static p => p < Alpha),
            everBelow,
            atFinal,
            atMillion,
            before);
    }

    /// <summary>A line a number.</summary>
    internal IEnumerable<string> Lines() =>
    [
        $"{Streams} streams, {Testable} with an answer at the last checkpoint",
        $"{LastBelow} below .05 there, {LastAdjustedBelow} after Benjamini and Hochberg",
        $"{EverBelow} below .05 at some checkpoint (looking at a fixed-horizon test)",
        $"{EverCalledAtFinal} ever called by a confidence sequence, N* = last n, {EverBeforeTheLast} before the last checkpoint",
        $"{EverCalledAtMillion} ever called by a confidence sequence, N* = 1,000,000",
    ];
}

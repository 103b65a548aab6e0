namespace Experiments.Simulations;

/// <summary>Runs studies on all cores; the draws depend on the seed alone.</summary>
internal static class StudyRunner
{
    private const int Chunks = 64;

    /// <summary>
    /// Runs a study. Among hundreds of true values some lie beyond three errors by chance (.27 %): a study with one is
    /// drawn afresh, four times as long, and only that counts.
    /// </summary>
    internal static IReadOnlyList<Finding> Run(Study study, long runs, ulong seed)
    {
        long own = Math.Max(Chunks, (long)(runs * study.Weight));
        IReadOnlyList<Finding> first = RunOnce(study, own, seed, false);
        return first.All(static finding => finding.Passed)
            ? first
            : RunOnce(study, 4 * own, seed ^ 0xA5A5A5A5A5A5A5A5, true);
    }

    private static List<Finding> RunOnce(Study study, long runs, ulong seed, bool isRedrawn)
    {
        int measures = study.Measures.Count;
        double[][] sums = new double[Chunks][];
        double[][] squares = new double[Chunks][];
        long perChunk = (runs + Chunks - 1) / Chunks;
        Parallel.For(0, Chunks, chunk =>
        {
            Rng random = new(seed + (0x9E3779B9UL * (ulong)(chunk + 1)));
            Action<Rng, double[]> once = study.Start();
            double[] counts = new double[measures];
            double[] sum = new double[measures];
            double[] square = new double[measures];
            for (long run = 0; run < perChunk; run++)
            {
                Array.Clear(counts);
                once(random, counts);
                for (int i = 0; i < measures; i++)
                {
                    sum[i] += counts[i];
                    square[i] += counts[i] * counts[i];
                }
            }

            (sums[chunk], squares[chunk]) = (sum, square);
        });

        long total = perChunk * Chunks;
        List<Finding> findings = [];
        for (int i = 0; i < measures; i++)
        {
            Measure measure = study.Measures[i];
            double mean = sums.Sum(sum => sum[i]) / total;
            double spread = (squares.Sum(square => square[i]) / total) - (mean * mean);
            double variance = measure.IsRate && measure.Expected is > 0 and < 1
                ? measure.Expected * (1 - measure.Expected)
                : Math.Max(spread, 0);
            findings.Add(new Finding(study, measure, total, mean, Math.Sqrt(variance / total), isRedrawn));
        }

        return findings;
    }
}

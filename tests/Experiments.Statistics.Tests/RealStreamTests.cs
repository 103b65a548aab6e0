using Experiments.Simulations;

namespace Experiments.Statistics.Tests;

/// <summary>The ASOS set (78 experiments, 24,153 checkpoints), where it is at hand: ../shared/data.</summary>
public sealed class RealStreamTests(ITestOutputHelper output)
{
    /// <summary>
    /// Reference counts by scipy 1.10 (the data's README): 381, 105, 68, 225. The sequences' counts come of row 17's half
    /// width, SE sqrt(2 (nρ²+1)/(nρ²) ln(sqrt(nρ²+1)/α)), worked out in Python at each checkpoint.
    /// </summary>
    [Fact]
    public void Last_checkpoints_and_sequences_give_the_reference_counts()
    {
        AsosStreams streams = AsosStreams.Read(Data());

        foreach (string line in streams.Lines())
        {
            output.WriteLine(line);
        }

        Assert.Equal(
            (396, 381, 105, 68, 225),
            (streams.Streams, streams.Testable, streams.LastBelow, streams.LastAdjustedBelow, streams.EverBelow));
        Assert.Equal((105, 100), (streams.EverCalledAtFinal, streams.EverCalledAtMillion));
    }

    private static string Data()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Experiments.sln")))
        {
            folder = folder.Parent;
        }

        string data = Environment.GetEnvironmentVariable("EXPERIMENTS_TEST_DATA")
            ?? Path.Combine(folder?.Parent?.FullName ?? string.Empty, "shared", "data");
        string path = Path.Combine(data, "asos_digital_experiments_dataset.csv.gz");
        Assert.SkipUnless(File.Exists(path), "There is no asos_digital_experiments_dataset.csv.gz in ../shared/data.");
        return path;
    }
}

using System.Text.Json;

namespace Experiments.Sources;

/// <summary>What to make: the files of a source.</summary>
/// <param name="Source">scrobbles, commerce_events or podcast_events (with users and episodes).</param>
/// <param name="Rows">Lines of the file of events, defects among them.</param>
/// <param name="Seed">The same seed gives the same files.</param>
/// <param name="OutputFolder">Made where it is missing.</param>
public sealed record SourceSimulationOptions(string Source, long Rows, int Seed, string OutputFolder);

/// <summary>What is known of the files of a source.</summary>
/// <param name="Source">The source.</param>
/// <param name="Files">Each file with its source and lines.</param>
/// <param name="Lines">Lines of the file of events.</param>
/// <param name="Staged">Events that are staged.</param>
/// <param name="Duplicates">Events that another one outranks.</param>
/// <param name="Quarantined">Events in quarantine, by rule.</param>
/// <param name="Rejected">Lines that are no record, by rule.</param>
/// <param name="Facts">Other known numbers, by name.</param>
public sealed record SourceTruth(
    string Source, IReadOnlyList<SimulatedFile> Files, long Lines, long Staged, long Duplicates,
    IReadOnlyDictionary<string, long> Quarantined, IReadOnlyDictionary<string, long> Rejected,
    IReadOnlyDictionary<string, decimal> Facts);

/// <summary>
/// Makes the files of a source at any scale, streamed, with planted defects whose numbers are written to truth.json: one
/// line in about 2,000 is a defect, each kind in turn.
/// </summary>
public static class SourceSimulator
{
    /// <summary>The sources that can be simulated.</summary>
    public static readonly IReadOnlyList<string> Sources = ["scrobbles", "commerce_events", "podcast_events"];

    /// <summary>Every so many lines there is a defect.</summary>
    internal const int DefectEvery = 2_000;

    /// <summary>Plays in Last.fm's 1K set; users.</summary>
    public const long LastFmPlays = 19_150_868;

    internal const int LastFmUsers = 992;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Writes the files and truth.json.</summary>
    /// <exception cref="LoadException">The source cannot be simulated.</exception>
    public static async Task<SourceTruth> WriteAsync(
        SourceSimulationOptions options, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.OutputFolder);
        var truth = await Task.Run(
            () => options.Source switch
            {
                "scrobbles" => new SimulatedScrobbles(options).Write(progress, cancellationToken),
                "commerce_events" => new SimulatedCommerce(options).Write(progress, cancellationToken),
                "podcast_events" => new SimulatedPodcast(options).Write(progress, cancellationToken),
                _ => throw new LoadException(
                    $"The source '{options.Source}' cannot be simulated; {string.Join(", ", Sources)} can."),
            },
            cancellationToken).ConfigureAwait(false);
        await using var stream = File.Create(Path.Combine(options.OutputFolder, Simulator.TruthFile));
        await JsonSerializer.SerializeAsync(stream, truth, Json, cancellationToken).ConfigureAwait(false);
        return truth;
    }
}

/// <summary>Counts what a generator plants.</summary>
internal sealed class Planted
{
    private readonly SortedDictionary<string, long> _quarantined = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _rejected = new(StringComparer.Ordinal);

    internal long Staged { get; set; }

    internal long Duplicates { get; set; }

    internal SortedDictionary<string, decimal> Facts { get; } = new(StringComparer.Ordinal);

    internal void Quarantine(string rule) => _quarantined[rule] = _quarantined.GetValueOrDefault(rule) + 1;

    internal void Reject(string rule) => _rejected[rule] = _rejected.GetValueOrDefault(rule) + 1;

    internal SourceTruth Truth(string source, string file, long lines, params IReadOnlyList<SimulatedFile> others) =>
        new(
            source, [new SimulatedFile(file, source, lines, lines - _rejected.Values.Sum(), _rejected), .. others], lines,
            Staged, Duplicates, _quarantined, _rejected, Facts);
}
